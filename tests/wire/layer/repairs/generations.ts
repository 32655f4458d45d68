/** Names that moto keeps taken for ever: the next resource of one name has another in moto, and nobody sees it. */
export class Generations {
  readonly #deaths = new Map<string, number>();

  /** What moto knows the living one by. */
  inMoto(name: string): string {
    const deaths = this.#deaths.get(name) ?? 0;
    return deaths === 0 ? name : `${name}-generation${deaths}`;
  }

  /** The living one is gone. */
  next(name: string): void {
    this.#deaths.set(name, (this.#deaths.get(name) ?? 0) + 1);
  }

  /** Is moto's `motoName` the living one of its name? */
  isAlive(motoName: string): boolean {
    return this.inMoto(this.restore(motoName)) === motoName;
  }

  /** A text of moto's with every name as AWS would give it. */
  restore(text: string): string {
    return text.replaceAll(/-generation\d+/g, '');
  }
}
