import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Observe } from '../../runtime/observe.ts';
import type { Readiness } from '../../runtime/readiness.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { Principal } from '../../domain/model/session.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { OwnAccount } from '../../portal/accounts/account-overview.ts';
import type { ChangePassword } from '../../portal/accounts/change-password.ts';
import type { SetPassword } from '../../portal/accounts/set-password.ts';
import type { SignInSso } from '../../portal/sign-in/sign-in-sso.ts';
import type { SignIn } from '../../portal/sign-in/sign-in.ts';
import type { SignOut } from '../../portal/sign-in/sign-out.ts';
import type { SsoSignOut } from '../../portal/sign-in/sso-sign-out.ts';
import type { TokenIssuer } from '../../portal/tokens/issue-token.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import type { SessionOptions, Sessions } from './session.ts';
import type { SignedIn } from './signed-in.ts';

/** What the portal over HTTP is made of. */
export interface AppDeps {
  /** The origin people open; https makes cookies Secure and sets HSTS. */
  readonly publicUrl: string;
  /** Which proxies' `X-Forwarded-*` to believe, as Express' `trust proxy` takes it; never `true`. */
  readonly trustProxy: false | number | readonly string[];
  readonly cspReportOnly: boolean;
  readonly session: SessionOptions;
  readonly tenantMembers: TenantMemberReader;
  readonly signIn: SignIn;
  readonly signOut: SignOut;
  readonly setPassword: SetPassword;
  readonly changePassword: ChangePassword;
  readonly ownAccount: OwnAccount;
  /** Called after every sign-in, by password or SSO. Must not block. */
  readonly onSignedIn?: (principal: Principal, source: RequestSource) => void;
  /** Called with the principal whose session was replaced by the sign-in of another account. Must not block. */
  readonly onReplaced?: (principal: Principal) => void;
  /** Absent where no identity provider is configured. */
  readonly sso?: { readonly signIn: SignInSso; readonly signOut: SsoSignOut } | undefined;
  readonly tokens: Pick<TokenIssuer, 'issue' | 'reject'>;
  readonly ready: Readiness;
  /** Called after every request. */
  readonly observeRequest?: Observe['request'];
  readonly clock: Clock;
  readonly log: Log;
}

/** What the routes take their part of. */
export interface RouteDeps extends AppDeps {
  readonly sessions: Sessions;
  readonly signedIn: SignedIn;
  readonly assets: PageAssets;
  readonly publicDir: string;
}
