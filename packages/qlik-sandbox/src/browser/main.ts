import type { QlikMainApi, RuntimeModules } from './qlik-main.ts';

/** The tenant's `main.js`: defines `window.QlikMain`. Small on purpose; the modules load when they are first asked for. */

const MODULE_NAME = /^[a-z][a-z-]*@v1$/;
const mainUrl =
  document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : location.href;

const qlikMain: QlikMainApi = {
  async import<Name extends keyof RuntimeModules>(name: Name) {
    if (!MODULE_NAME.test(name)) throw new Error(`No runtime module "${name}"`);
    const url = new URL(`modules/${name.replace('@v1', '')}.js`, mainUrl).href;
    const loaded: unknown = await import(url);
    if (!isModule(loaded, name)) throw new Error(`The runtime module "${name}" is empty`);
    return loaded;
  },
  getRootUrl: () => new URL('.', mainUrl).href,
  resourceNeedsCredentials: () => false,
  PRODUCT_INFO: {
    composition: {
      contentHash: 'sandbox',
      senseId: 'sandbox',
      deploymentType: 'qlikcloudservices',
      releaseLabel: 'Sandbox',
      originalClassName: 'Composition',
      provider: 'sandbox',
    },
    externalUrls: {
      personalUpgradeBase: '',
      personalUpgradeUrl: '',
      personalHelpBaseUrl: '',
      cloudUploadUrl: '',
      cloudBaseUrl: '',
      serverHelpBaseUrl: '',
      qlikWebPageUrl: '',
    },
  },
  // The sandbox has no features to switch.
  applyFeatureOverrides: () => Promise.resolve(),
  INTERNAL__DO_NOT_USE: {},
};

function isModule<Name extends keyof RuntimeModules>(
  loaded: unknown,
  _name: Name,
): loaded is RuntimeModules[Name] {
  return typeof loaded === 'object' && loaded !== null;
}

globalThis.QlikMain = qlikMain;
