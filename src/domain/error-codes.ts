import { EXIT, type ExitCode } from './exit-codes.ts';

/** What a failure means. The only table of its kind: HTTP, the CLI and docs/error-codes.md are derived from it. */
interface ErrorCode {
  /** HTTP status of the answer that carries this code. */
  readonly status: number;
  /** For developers: the `title` of the problem document, without a full stop. */
  readonly title: string;
  /** For the person in front of the page: what happened, in the first sentence, then what to do now. */
  readonly person: string;
  /** What ops look at or run; null where they have nothing to do. LOG stands for the command that shows the log. */
  readonly ops: string | null;
  /** Of the CLI. */
  readonly exitCode: ExitCode;
}

const RETRY = 'Try again in a moment.';
const RELOAD = 'Reload the page and try again.';
const TELL = 'Contact the operators of this portal; the details are in their log.';

export const ERROR_CODES = {
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    person: 'Something is missing or not valid. Check what you entered and try again.',
    ops: null,
    exitCode: EXIT.data,
  },
  malformed_json: {
    status: 400,
    title: 'Malformed JSON',
    person: `The page sent something that the portal cannot read. ${RELOAD}`,
    ops: null,
    exitCode: EXIT.data,
  },
  session_required: {
    status: 401,
    title: 'Not signed in, or the session has expired',
    person: 'Your session has ended. Sign in again.',
    ops: null,
    exitCode: EXIT.refused,
  },
  invalid_credentials: {
    status: 401,
    title: 'E-mail or password is wrong',
    person: 'E-mail or password is wrong. Check both and try again. Passwords are case-sensitive.',
    ops: null,
    exitCode: EXIT.refused,
  },
  sso_failed: {
    status: 401,
    title: 'Single sign-on failed',
    person:
      'Your company’s sign-in did not work. Start again from the sign-in page. If it fails again, tell your administrator.',
    ops: "`LOG | grep TRACE_ID`: the log line says which check of the provider's answer failed.",
    exitCode: EXIT.refused,
  },
  sso_cancelled: {
    status: 401,
    title: 'The identity provider did not authenticate the person',
    person:
      'You were not signed in. Your company’s sign-in was cancelled, or does not let you use this portal. Try again when you are ready.',
    ops: "`LOG | grep TRACE_ID`: the log has the provider's error code. The person cancelled, or lacks access to this application at the provider.",
    exitCode: EXIT.refused,
  },
  sso_expired: {
    status: 401,
    title: 'The sign-in has expired, or was started in another browser',
    person: 'The sign-in took too long, or started in another browser. Start again from the sign-in page.',
    ops: "If frequent: people bookmark the provider's page, or PUBLIC_URL is not the address they open.",
    exitCode: EXIT.refused,
  },
  sso_not_allowed: {
    status: 403,
    title: 'The identity is valid, but has no access to this portal',
    person: 'You have no access to this portal yet. Ask your administrator for access.',
    ops: '`portal audit --failed --action sign-in --since 1h` shows the reason: no account and no just-in-time provisioning, a disabled account, or a tenant that is not assigned to the provider.',
    exitCode: EXIT.refused,
  },
  current_password_wrong: {
    status: 403,
    title: 'The current password is wrong',
    person: 'The current password is wrong. Check it and try again.',
    ops: null,
    exitCode: EXIT.refused,
  },
  cross_site_request: {
    status: 403,
    title: 'Cross-site request rejected',
    person:
      'This request did not come from the portal. It was stopped for your safety. Open the portal and try again there.',
    ops: 'If it happens on the portal itself: PUBLIC_URL is not the address that people open.',
    exitCode: EXIT.refused,
  },
  tenant_disabled: {
    status: 403,
    title: 'The organisation is disabled',
    person:
      'Your organisation’s access is switched off. Ask your administrator whether your organisation still has access.',
    ops: 'The tenant is disabled in the portal: `portal tenant enable TENANT`.',
    exitCode: EXIT.refused,
  },
  qlik_user_disabled: {
    status: 403,
    title: 'The Qlik user is disabled, or refused without a reason',
    person:
      'Your access to the analytics is switched off. Ask your administrator to restore it, then try again.',
    ops: '`portal user show E-MAIL`: the Qlik user is disabled or deleted in the tenant; enable it there or link another. If it is active, it has too many tokens: the tenant gives the same answer.',
    exitCode: EXIT.refused,
  },
  qlik_token_limit: {
    status: 403,
    title: 'The Qlik user has reached the maximum number of tokens',
    person:
      'You are signed in to Qlik Cloud too many times. Sign out in other browsers, or ask your administrator, then try again.',
    ops: 'Revoke old tokens of this user in the tenant: something other than the portal issues tokens for the user.',
    exitCode: EXIT.refused,
  },
  not_found: {
    status: 404,
    title: 'Not found',
    person: 'There is nothing at this address. Check the address.',
    ops: null,
    exitCode: EXIT.unknown,
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    person: `The portal cannot do that here. ${RELOAD}`,
    ops: null,
    exitCode: EXIT.usage,
  },
  sso_unknown: {
    status: 404,
    title: 'No identity provider for this address',
    person: 'Your company’s sign-in is not connected here. Check your e-mail, or sign in with your password.',
    ops: 'The domain is in no `emailDomains` of SSO_PROVIDERS, or the address names no provider.',
    exitCode: EXIT.unknown,
  },
  conflict: {
    status: 409,
    title: 'Conflict: already exists or was modified',
    person: `Someone else has changed this meanwhile. ${RELOAD}`,
    ops: null,
    exitCode: EXIT.conflict,
  },
  sso_account_conflict: {
    status: 409,
    title: 'The e-mail or the identity belongs to another account',
    person:
      'Your e-mail already belongs to another account here. Sign in as you did before, or ask your administrator to join the two.',
    ops: '`portal user show E-MAIL`: an account with another sign-in method has the e-mail, or the person has an account in another tenant. Accounts are never joined by e-mail: link the identity to the account, or delete the account.',
    exitCode: EXIT.conflict,
  },
  qlik_user_not_linked: {
    status: 409,
    title: 'The account is not linked to a Qlik user',
    person:
      'Your account is not connected to Qlik Cloud yet. Ask your administrator to set up your access, then try again.',
    ops: 'Link the account: `portal user link E-MAIL`.',
    exitCode: EXIT.data,
  },
  tenant_not_provisioned: {
    status: 409,
    title: 'The organisation is not connected to Qlik Cloud yet',
    person:
      'Your organisation is not connected to Qlik Cloud yet. Ask your administrator to finish the set-up, then try again.',
    ops: 'The tenant has no impersonation client: `portal tenant provision TENANT`.',
    exitCode: EXIT.unknown,
  },
  password_link_invalid: {
    status: 410,
    title: 'The password link was used, has expired or was replaced by a newer one',
    person:
      'This link does not work any more. It was used, is older than an hour, or there is a newer one. Ask your administrator for a new link.',
    ops: 'Create a new link: `portal user reset-password E-MAIL`. A link is valid for one hour and works once.',
    exitCode: EXIT.data,
  },
  payload_too_large: {
    status: 413,
    title: 'Request body too large',
    person: 'You entered too much. Shorten it and try again.',
    ops: null,
    exitCode: EXIT.data,
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    person: `The page sent something that the portal cannot read. ${RELOAD}`,
    ops: null,
    exitCode: EXIT.data,
  },
  password_too_short: {
    status: 422,
    title: 'The password is too short',
    person: 'The password is too short. Use at least 15 characters, such as several words.',
    ops: null,
    exitCode: EXIT.data,
  },
  password_too_long: {
    status: 422,
    title: 'The password is too long',
    person: 'The password is too long. Use at most 128 characters.',
    ops: null,
    exitCode: EXIT.data,
  },
  password_guessable: {
    status: 422,
    title: 'The password is easy to guess',
    person:
      'The password is easy to guess. Choose one that is not a common password, a pattern on the keyboard, or built from your name, e-mail or organisation.',
    ops: null,
    exitCode: EXIT.data,
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    person: 'Too many attempts. To protect the account, wait a few minutes before you try again.',
    ops: '`portal audit --failed --action sign-in --since 1h` shows the addresses: many failures from many addresses are password guessing.',
    exitCode: EXIT.later,
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    person:
      'Something failed on our side. Try again. If it fails again, contact the operators of this portal.',
    ops: 'A fault of the portal: `LOG | grep TRACE_ID` shows the cause; report it.',
    exitCode: EXIT.internal,
  },
  config_invalid: {
    status: 500,
    title: 'Invalid configuration',
    person: `The portal is not set up correctly. ${TELL}`,
    ops: 'Correct the variables that the report names; docs/configuration.md explains each.',
    exitCode: EXIT.config,
  },
  encryption_key_missing: {
    status: 500,
    title: 'The encryption key of a stored secret is missing',
    person: `The portal is not set up correctly. ${TELL}`,
    ops: 'Add the key with the id that the log names to ENCRYPTION_KEYS again.',
    exitCode: EXIT.config,
  },
  stored_secret_unreadable: {
    status: 500,
    title: 'A stored secret cannot be decrypted',
    person: `The portal is not set up correctly. ${TELL}`,
    ops: 'The row was edited by hand or copied from another tenant, or the bytes of its key have changed. Store the secrets of the tenant again.',
    exitCode: EXIT.config,
  },
  qlik_client_rejected: {
    status: 502,
    title: "Qlik Cloud rejected the portal's OAuth client",
    person: `The connection to Qlik Cloud is not set up correctly. ${TELL}`,
    ops: 'Client secret wrong or deleted, grant or scope missing, or consent not trusted: `portal doctor TENANT` says which.',
    exitCode: EXIT.refused,
  },
  qlik_forbidden: {
    status: 502,
    title: 'Qlik Cloud denied the management credentials access',
    person: `The connection to Qlik Cloud is not set up correctly. ${TELL}`,
    ops: 'The management credentials lack a role or scope for the call that the log names.',
    exitCode: EXIT.refused,
  },
  qlik_not_found: {
    status: 502,
    title: 'Qlik Cloud does not have the requested resource',
    person: `The connection to Qlik Cloud is not set up correctly. ${TELL}`,
    ops: 'The client, user or app that the log names no longer exists in the tenant.',
    exitCode: EXIT.unknown,
  },
  qlik_conflict: {
    status: 502,
    title: 'Qlik Cloud reported a conflict: already exists, or a limit is reached',
    person: `The connection to Qlik Cloud is not set up correctly. ${TELL}`,
    ops: '`LOG | grep TRACE_ID` shows the call and the detail.',
    exitCode: EXIT.conflict,
  },
  qlik_bad_request: {
    status: 502,
    title: 'Qlik Cloud rejected the request as malformed',
    person: `The connection to Qlik Cloud is not set up correctly. ${TELL}`,
    ops: '`LOG | grep TRACE_ID` shows the call and the detail; the tenant may not support an option.',
    exitCode: EXIT.refused,
  },
  qlik_bad_response: {
    status: 502,
    title: 'Invalid response from Qlik Cloud',
    person: `Qlik Cloud cannot be reached right now. ${RETRY}`,
    ops: 'The log names the endpoint and the field. The usual cause is a proxy between portal and tenant.',
    exitCode: EXIT.protocol,
  },
  qlik_token_refused: {
    status: 502,
    title: 'Qlik Cloud rejects newly issued tokens',
    person: `Qlik Cloud does not accept your sign-in. ${TELL}`,
    ops: "Check the client's allowedOrigins, the clock, and the user's access to the app: `portal doctor TENANT --user QLIK_USER_ID`.",
    exitCode: EXIT.refused,
  },
  qlik_user_linking: {
    status: 503,
    title: 'The Qlik user of the account is being looked up or created',
    person: 'Your access to the analytics is being set up. That takes a moment the first time.',
    ops: "If it persists: the tenant's users API is slow, see the log.",
    exitCode: EXIT.later,
  },
  qlik_rate_limited: {
    status: 503,
    title: 'The rate limit of the tenant is reached',
    person: `Qlik Cloud is busy right now. ${RETRY}`,
    ops: "The tenant answered 429, or the portal's own budget for it is used up. People with a token are not affected.",
    exitCode: EXIT.later,
  },
  qlik_unavailable: {
    status: 503,
    title: 'Qlik Cloud cannot be reached or fails',
    person: `Qlik Cloud cannot be reached right now. ${RETRY}`,
    ops: 'Network, DNS, TLS, or an outage of the tenant: `portal doctor TENANT`.',
    exitCode: EXIT.unavailable,
  },
  sso_unavailable: {
    status: 503,
    title: 'The identity provider cannot be reached or fails',
    person:
      'Your company’s sign-in does not respond. Try again in a minute. If it fails again, tell your administrator.',
    ops: 'Network, DNS, TLS, an outage of the provider, or a wrong issuer in SSO_PROVIDERS: see the log.',
    exitCode: EXIT.unavailable,
  },
  storage_unavailable: {
    status: 503,
    title: "The portal's database or Redis cannot be reached",
    person: `The portal does not work right now. ${RETRY}`,
    ops: 'Check the database that DATABASE_URL names, and Redis if REDIS_URL is set.',
    exitCode: EXIT.unavailable,
  },
  qlik_timeout: {
    status: 504,
    title: 'Qlik Cloud did not answer in time',
    person: `Qlik Cloud takes unusually long. ${RETRY}`,
    ops: 'The tenant or the network to it is slow: `portal doctor TENANT`.',
    exitCode: EXIT.later,
  },
} as const satisfies Record<string, ErrorCode>;

/** Stable: a code is never renamed or given another meaning, only added. */
export type ErrorCodeName = keyof typeof ERROR_CODES;
