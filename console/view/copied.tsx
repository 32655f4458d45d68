/** Text to copy, and the button that does. */
import { useState } from 'preact/hooks';

export function Copied({ text }: { readonly text: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <span class="copied">
      <code class="mono">{text}</code>
      <button type="button" onClick={copy} aria-label={`Copy ${text}`}>
        {done ? 'copied' : 'copy'}
      </button>
    </span>
  );
}
