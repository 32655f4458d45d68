/** What is drawn anew on a terminal again and again, and told line by line where there is none. */
import { createLogUpdate } from 'log-update';
import { printer } from './commands/options.ts';
import type { Screen } from './progress.ts';
import { canRedraw } from './terminal.ts';

type Rendered = (screen: Screen) => string;

export interface LiveView {
  /** A line, where nothing can be redrawn. */
  readonly tell: (line: string | undefined) => void;
  readonly draw: (render: Rendered) => void;
  /** The last time: it stays. */
  readonly end: (render: Rendered) => void;
}

export function liveView(json: boolean): LiveView {
  const print = printer(json);
  const stream = json ? process.stderr : process.stdout;
  const draw = canRedraw(stream) ? createLogUpdate(stream) : undefined;
  const screen = () => ({ columns: stream.columns, rows: stream.rows });
  return {
    tell: (line) => {
      if (line && !draw) print(line);
    },
    draw: (render) => draw?.(render(screen())),
    end: (render) => {
      draw?.(render(screen()));
      draw?.done();
    },
  };
}
