import type { Account } from '../../domain/model/account.ts';
import type { PasswordInvite } from '../../portal/accounts/password-invites.ts';
import { facts, instant } from '../console/output.ts';

export function accountText({ id, email, name, tenantId, status, groups, qlikUser }: Account): string {
  return facts([
    ['account', email],
    ['id', id],
    ['name', name],
    ['tenant', tenantId],
    ['status', status],
    ['groups', groups.join(', ') || 'none'],
    ['Qlik user', qlikUser === null ? 'mapped at the next sign-in' : `${qlikUser.field} ${qlikUser.value}`],
  ]);
}

/** A link for programs. It is not shown again. */
export function linkData(link: PasswordInvite | undefined) {
  return link === undefined
    ? null
    : { url: link.url.reveal(), expiresAt: new Date(link.expiresAt).toISOString() };
}

export function linkText(link: PasswordInvite | undefined): string {
  if (link === undefined) return '';
  return `\nSend this link to the person by a confidential channel. It can be used once, until ${instant(link.expiresAt)}:\n${link.url.reveal()}`;
}

export function sessionsText(count: number): string {
  return count === 0 ? '' : `; ${count} ${count === 1 ? 'session' : 'sessions'} ended`;
}
