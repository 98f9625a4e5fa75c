// Generated from src/domain/error-codes.ts by `npm run docs`.

/** @type {Readonly<Record<string, { headline: string, advice: string }>>} */
const PERSON_MESSAGES = {
  invalid_request: {
    headline: 'Something is missing or not valid.',
    advice: 'Check what you entered and try again.',
  },
  malformed_json: {
    headline: 'The page sent something that the portal cannot read.',
    advice: 'Reload the page and try again.',
  },
  session_required: { headline: 'Your session has ended.', advice: 'Sign in again.' },
  invalid_credentials: {
    headline: 'E-mail or password is wrong.',
    advice: 'Check both and try again. Passwords are case-sensitive.',
  },
  sso_failed: {
    headline: 'Your company’s sign-in did not work.',
    advice: 'Start again from the sign-in page. If it fails again, tell your administrator.',
  },
  sso_cancelled: {
    headline: 'You were not signed in.',
    advice:
      'Your company’s sign-in was cancelled, or does not let you use this portal. Try again when you are ready.',
  },
  sso_expired: {
    headline: 'The sign-in took too long, or started in another browser.',
    advice: 'Start again from the sign-in page.',
  },
  sso_not_allowed: {
    headline: 'You have no access to this portal yet.',
    advice: 'Ask your administrator for access.',
  },
  current_password_wrong: { headline: 'The current password is wrong.', advice: 'Check it and try again.' },
  cross_site_request: {
    headline: 'This request did not come from the portal.',
    advice: 'It was stopped for your safety. Open the portal and try again there.',
  },
  tenant_disabled: {
    headline: 'Your organisation’s access is switched off.',
    advice: 'Ask your administrator whether your organisation still has access.',
  },
  qlik_user_disabled: {
    headline: 'Your access to the analytics is switched off.',
    advice: 'Ask your administrator to restore it, then try again.',
  },
  qlik_token_limit: {
    headline: 'You are signed in to Qlik Cloud too many times.',
    advice: 'Sign out in other browsers, or ask your administrator, then try again.',
  },
  not_found: { headline: 'There is nothing at this address.', advice: 'Check the address.' },
  method_not_allowed: {
    headline: 'The portal cannot do that here.',
    advice: 'Reload the page and try again.',
  },
  sso_unknown: {
    headline: 'Your company’s sign-in is not connected here.',
    advice: 'Check your e-mail, or sign in with your password.',
  },
  conflict: {
    headline: 'Someone else has changed this meanwhile.',
    advice: 'Reload the page and try again.',
  },
  sso_account_conflict: {
    headline: 'Your e-mail already belongs to another account here.',
    advice: 'Sign in as you did before, or ask your administrator to join the two.',
  },
  qlik_user_not_linked: {
    headline: 'Your account is not connected to Qlik Cloud yet.',
    advice: 'Ask your administrator to set up your access, then try again.',
  },
  tenant_not_provisioned: {
    headline: 'Your organisation is not connected to Qlik Cloud yet.',
    advice: 'Ask your administrator to finish the set-up, then try again.',
  },
  password_link_invalid: {
    headline: 'This link does not work any more.',
    advice:
      'It was used, is older than an hour, or there is a newer one. Ask your administrator for a new link.',
  },
  payload_too_large: { headline: 'You entered too much.', advice: 'Shorten it and try again.' },
  unsupported_media_type: {
    headline: 'The page sent something that the portal cannot read.',
    advice: 'Reload the page and try again.',
  },
  password_too_short: {
    headline: 'The password is too short.',
    advice: 'Use at least 15 characters, such as several words.',
  },
  password_too_long: { headline: 'The password is too long.', advice: 'Use at most 128 characters.' },
  password_guessable: {
    headline: 'The password is easy to guess.',
    advice:
      'Choose one that is not a common password, a pattern on the keyboard, or built from your name, e-mail or organisation.',
  },
  too_many_attempts: {
    headline: 'Too many attempts.',
    advice: 'To protect the account, wait a few minutes before you try again.',
  },
  internal_error: {
    headline: 'Something failed on our side.',
    advice: 'Try again. If it fails again, contact the operators of this portal.',
  },
  config_invalid: {
    headline: 'The portal is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  encryption_key_missing: {
    headline: 'The portal is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  stored_secret_unreadable: {
    headline: 'The portal is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  qlik_client_rejected: {
    headline: 'The connection to Qlik Cloud is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  qlik_forbidden: {
    headline: 'The connection to Qlik Cloud is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  qlik_not_found: {
    headline: 'The connection to Qlik Cloud is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  qlik_conflict: {
    headline: 'The connection to Qlik Cloud is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  qlik_bad_request: {
    headline: 'The connection to Qlik Cloud is not set up correctly.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  qlik_bad_response: {
    headline: 'Qlik Cloud cannot be reached right now.',
    advice: 'Try again in a moment.',
  },
  qlik_token_refused: {
    headline: 'Qlik Cloud does not accept your sign-in.',
    advice: 'Contact the operators of this portal; the details are in their log.',
  },
  qlik_user_linking: {
    headline: 'Your access to the analytics is being set up.',
    advice: 'That takes a moment the first time.',
  },
  qlik_rate_limited: { headline: 'Qlik Cloud is busy right now.', advice: 'Try again in a moment.' },
  qlik_unavailable: { headline: 'Qlik Cloud cannot be reached right now.', advice: 'Try again in a moment.' },
  sso_unavailable: {
    headline: 'Your company’s sign-in does not respond.',
    advice: 'Try again in a minute. If it fails again, tell your administrator.',
  },
  storage_unavailable: { headline: 'The portal does not work right now.', advice: 'Try again in a moment.' },
  qlik_timeout: { headline: 'Qlik Cloud takes unusually long.', advice: 'Try again in a moment.' },
};

/** @param {string} code @returns {{ headline: string, advice: string } | undefined} undefined for what is no code of the portal */
export function personMessage(code) {
  return Object.hasOwn(PERSON_MESSAGES, code) ? PERSON_MESSAGES[code] : undefined;
}
