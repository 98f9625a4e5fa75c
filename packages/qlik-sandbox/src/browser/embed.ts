import { connectApp, type AppConnection } from './app-connection.ts';
import { blockedBy } from './blocked-content.ts';
import { isDark, onSchemeChange } from './colour-scheme.ts';
import { element } from './elements.ts';
import { embedKey, type EmbedProps } from './embed-props.ts';
import { BlockedContentError, failureOf, SOCKET_CLOSED, type Failure } from './failure.ts';
import { markOf, signedInName } from './identity.ts';
import { failureNotice, undrawnNotice } from './notices.ts';
import { type View, whenGone } from './view.ts';

type EmbedState = 'loading' | 'ready' | 'failed';

const BLOCKED_AFTER_MS = 5_000;

/** The user interfaces this sandbox draws; each view's code loads when it is first asked for. */
const VIEWS: Readonly<Record<string, () => Promise<View>>> = {
  'analytics/sheet': async () => (await import('./sheet-view.ts')).sheetView,
  'analytics/chart': async () => (await import('./chart-view.ts')).chartView,
  'analytics/field': async () => (await import('./field-view.ts')).fieldView,
  'analytics/selections': async () => (await import('./selections-view.ts')).selectionsView,
};

/** One `<qlik-embed>` on the page: draws what its attributes ask for, and says so inside itself when it cannot. */
export class Embed {
  readonly #root = element('section', { className: 'qs-embed' });
  readonly #body = element('div', { className: 'qs-body' });
  readonly #mark = element('p', { className: 'qs-mark' });
  readonly #stopScheme: () => void;
  #props: EmbedProps;
  #drawing = new AbortController();

  constructor(target: HTMLElement, props: EmbedProps) {
    this.#props = props;
    this.#root.append(this.#body, this.#mark);
    target.append(this.#root);
    this.#stopScheme = onSchemeChange(() => this.#redraw());
    this.#redraw();
  }

  set(props: EmbedProps): void {
    const same = embedKey(props) === embedKey(this.#props);
    this.#props = props;
    if (!same) this.#redraw();
  }

  destroy(): void {
    this.#drawing.abort();
    this.#stopScheme();
    this.#root.remove();
  }

  /** Ends what is drawn, or on its way, and begins anew. Never throws and leaves no rejection behind. */
  #redraw(): void {
    this.#drawing.abort();
    this.#drawing = new AbortController();
    const { signal } = this.#drawing;
    const { ui = 'analytics/sheet' } = this.#props;
    this.#root.dataset['ui'] = ui;
    this.#mark.textContent = markOf(undefined);
    const view = Object.hasOwn(VIEWS, ui) ? VIEWS[ui] : undefined;
    if (!view) {
      this.#show('ready', undrawnNotice(ui));
      return;
    }
    const waiting = element('div', { className: 'qs-wait', attributes: { role: 'status' } });
    waiting.append(
      element('div', { className: 'qs-loading' }),
      element('span', { className: 'qs-unseen', text: 'Loading' }),
    );
    this.#show('loading', waiting);
    this.#draw(view, signal).catch((error: unknown) => this.#fail(failureOf(error), signal));
    this.#failWhenBlocked(signal);
  }

  async #draw(loadView: () => Promise<View>, signal: AbortSignal): Promise<void> {
    const props = this.#props;
    const onLost = () => this.#fail(SOCKET_CLOSED, signal);
    // The large chart code comes in while the tenant is asked who this is and opens the app. One after the other:
    // a refused token is then renewed once for this embed, as a tenant's own embeds do, and not once per request.
    const opening = signedInName(props.hostConfig).then(async (name) => {
      return { name, connection: await this.#connect(props, signal, onLost) };
    });
    const [{ name, connection }, { chartsOf }, view] = await Promise.all([
      opening,
      import('./charts.ts'),
      loadView(),
    ]);
    if (signal.aborted) return;
    this.#mark.textContent = markOf(name);
    const { doc } = connection;
    props.exposeRefApi?.({
      getDoc: () => Promise.resolve(doc),
      getObject: (id: string) => doc.getObject(id),
    });
    const body = element('div', { className: 'qs-body' });
    const charts = chartsOf(doc, { dark: isDark(this.#root) });
    this.#show('loading', body);
    await view({ props, doc, charts, body, signal });
    if (!signal.aborted) this.#state('ready');
  }

  /** A connection that is closed with this drawing, also when it opens only after the drawing was given up. */
  async #connect(props: EmbedProps, signal: AbortSignal, onLost: () => void): Promise<AppConnection> {
    const connection = await connectApp(props, onLost);
    whenGone(signal, () => connection.close());
    return connection;
  }

  /** A chart that the page's policy cripples waits for ever: after a while, say why. */
  #failWhenBlocked(signal: AbortSignal): void {
    const timer = setTimeout(() => {
      const directive = blockedBy();
      if (directive === undefined || this.#root.dataset['state'] !== 'loading') return;
      this.#fail(failureOf(new BlockedContentError(directive)), signal);
    }, BLOCKED_AFTER_MS);
    whenGone(signal, () => clearTimeout(timer));
  }

  #fail(failure: Failure, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#drawing.abort();
    this.#show(
      'failed',
      failureNotice(failure, () => this.#redraw()),
    );
  }

  #show(state: EmbedState, content: HTMLElement): void {
    this.#state(state);
    this.#body.replaceChildren(content);
  }

  #state(state: EmbedState): void {
    this.#root.dataset['state'] = state;
    this.#root.setAttribute('aria-busy', String(state === 'loading'));
  }
}
