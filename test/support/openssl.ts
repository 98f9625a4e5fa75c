import { isInstalled } from '../../scripts/servers/installed.ts';

/** The line that installs it, where it is missing: certificates are made with it. */
export const missingOpenssl: readonly string[] = isInstalled('openssl') ? [] : ['apt-get install -y openssl'];
