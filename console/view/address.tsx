/** Every page has an address of its own; going to one inside this page loads nothing anew. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const moved = 'console:moved';

export function go(path: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', path);
  else history.replaceState(null, '', path);
  dispatchEvent(new Event(moved));
  if (how === 'push') scrollTo(0, 0);
}

export function useAddress(): URL {
  const [address, setAddress] = useState(location.href);
  useEffect(() => {
    const take = () => setAddress(location.href);
    addEventListener('popstate', take);
    addEventListener(moved, take);
    return () => {
      removeEventListener('popstate', take);
      removeEventListener(moved, take);
    };
  }, []);
  return new URL(address);
}

interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly children: ComponentChildren;
}

export function Link({ to, isCurrent, children, ...rest }: LinkProps) {
  return (
    <a
      href={to}
      {...rest}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

export const environmentPage = (name: string) => `/environment/${encodeURIComponent(name)}`;
export const runPage = (execution: string, view = '') =>
  `/runs/${encodeURIComponent(execution)}${view && `/${view}`}`;
export const fleetPage = (execution: string) => `/fleet/${encodeURIComponent(execution)}`;
