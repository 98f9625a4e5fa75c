import { element } from './elements.ts';
import type { Failure } from './failure.ts';

/** A failure in place of the visualization, with a way on when there is one. */
export function failureNotice({ kind, title, advice, canRetry }: Failure, retry: () => void): HTMLElement {
  const notice = element('div', {
    className: 'qs-notice',
    attributes: { role: 'alert', 'data-failure': kind },
  });
  notice.append(element('strong', { text: title }), element('p', { text: advice }));
  if (canRetry) {
    const button = element('button', {
      text: kind === 'closed' ? 'Reconnect' : 'Try again',
      attributes: { type: 'button' },
    });
    button.addEventListener('click', retry);
    notice.append(button);
  }
  return notice;
}

/** Says plainly that a real tenant would draw this, and the sandbox does not. */
export function undrawnNotice(ui: string): HTMLElement {
  const notice = element('div', { className: 'qs-notice', attributes: { role: 'note' } });
  notice.append(
    element('strong', { text: ui }),
    element('p', {
      text: 'A Qlik Cloud tenant shows this user interface here. The sandbox draws sheets, charts, fields and selections only.',
    }),
  );
  return notice;
}
