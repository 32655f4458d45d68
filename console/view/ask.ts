/** Documents of the server, and what buttons ask of it. */
import { useEffect, useState } from 'preact/hooks';

const token = document.querySelector<HTMLMetaElement>('meta[name=console-token]')?.content ?? '';

async function read<T>(path: string): Promise<T | undefined> {
  const answer = await fetch(path);
  return answer.ok ? ((await answer.json()) as T) : undefined;
}

/** Undefined until it is here, null where there is none. Read again when `changes` does, and every few seconds. */
export function useDocument<T>(path: string, changes: unknown, seconds = 3): T | null | undefined {
  const [document, setDocument] = useState<{ path: string; found: T | null }>();
  useEffect(() => {
    let isOver = false;
    const take = async () => {
      try {
        const found = (await read<T>(path)) ?? null;
        if (!isOver) setDocument({ path, found });
      } catch {
        // A server that is gone is told of by the events' own connection: what was read stays.
      }
    };
    take();
    const timer = setInterval(take, seconds * 1000);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [path, changes, seconds]);
  return document?.path === path ? document.found : undefined;
}

export function once<T>(path: string): Promise<T> {
  return read<T>(path) as Promise<T>;
}

/** Throws, in words, what is refused. */
export async function act<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-console-token': token },
    body: JSON.stringify(body),
  });
  if (answer.ok) return (await answer.json()) as T;
  const text = await answer.text();
  throw new Error(answer.status === 422 ? (JSON.parse(text) as { problem: string }).problem : text);
}

/** A button's work: `start` runs it, `problem` says why it was refused. */
export function useAction<A extends unknown[]>(work: (...args: A) => Promise<void>) {
  const [state, setState] = useState<{ isBusy: boolean; problem?: string }>({ isBusy: false });
  const start = async (...args: A) => {
    setState({ isBusy: true });
    try {
      await work(...args);
      setState({ isBusy: false });
    } catch (error) {
      setState({ isBusy: false, problem: (error as Error).message });
    }
  };
  return { ...state, start };
}
