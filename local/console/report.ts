/**
 * One run as one file to keep: graph, timeline, network and attestation, with everything it needs inside. The same page
 * as the console's, with its events in it instead of a connection.
 */
import type { RunEvent, Session } from '#console/api.ts';
import { loadAssets } from './assets.ts';

/** `events`: of the run, and of those that belong to it. */
export async function reportHtml(execution: string, events: readonly RunEvent[]): Promise<string> {
  const assets = await loadAssets();
  const text = (path: string) => assets[path]!.content.toString('utf8');
  const session: Session = { where: 'a report', speed: null, starts: false, controls: false, again: '' };
  const data = { execution, events, session, layouts: JSON.parse(text('/layouts.json')) };
  // Only what is inside may run or be shown: a report is opened from anywhere, and asks nobody.
  const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${execution}</title>
<link rel="icon" href="data:,">
<style>${text('/console.css')}</style>
</head>
<body>
<div id="app"><noscript>This page needs JavaScript.</noscript></div>
<script type="application/json" id="report">${inScript(JSON.stringify(data))}</script>
<script type="module">${inScript(text('/console.js'))}</script>
</body>
</html>
`;
}

/** Nothing inside may end the element it stands in. */
function inScript(text: string): string {
  return text.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--');
}
