/**
 * Checks of what a socket's functions are given: options, and how to bind and listen.
 *
 * They exist so that a wrong argument is refused with PIKE_TYPE or PIKE_RANGE before anything has
 * happened, on every notifier alike.
 */
import { checkInteger, describe } from "@pike-io/handle";
import {
  type BindOptions,
  type ListenOptions,
  type OptionName,
  optionTable,
  PikeError,
  parseIpv4,
  parseIpv6,
} from "@pike-io/notifier";

/** The largest value of a C int. */
export const INT_MAX = 0x7fff_ffff;
const UID_MAX = 0xffff_ffff;
const MODE_MAX = 0o777;

/** An option's name that can be asked for in this direction. */
export function checkOptionName(name: unknown, forbidden: "get" | "set", reason: string): void {
  if (typeof name !== "string") {
    throw PikeError.type(`an option's name must be a string, not ${describe(name)}`);
  }
  if (!Object.hasOwn(optionTable, name)) throw PikeError.type(`there is no option "${name}"`);
  const row = optionTable[name as OptionName];
  if (row.access === forbidden) {
    throw new PikeError("PIKE_UNSUPPORTED", `the option "${name}" ${reason}`);
  }
}

/** A value that fits an option. */
export function checkOptionValue(name: OptionName, value: unknown): void {
  const { kind, least = 0, largest = INT_MAX } = optionTable[name];
  if (kind === "boolean") checkBoolean(value, `"${name}"`);
  else if (kind === "membership") checkMembership(name, value);
  else if (kind !== "linger" || value !== null) checkInteger(value, `"${name}"`, least, largest);
}

function checkMembership(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    throw PikeError.type(`"${name}" takes { group: "address", … }, not ${describe(value)}`);
  }
  const fields = value as { group?: unknown; interface?: unknown; source?: unknown };
  checkIpText(fields.group, `"${name}".group`);
  if (fields.interface !== undefined) {
    checkInteger(fields.interface, `"${name}".interface`, 0, INT_MAX);
  }
  if (fields.source !== undefined) checkIpText(fields.source, `"${name}".source`);
}

function checkIpText(value: unknown, what: string): void {
  if (typeof value !== "string") {
    throw PikeError.type(`${what} must be a string, not ${describe(value)}`);
  }
  if (parseIpv4(value) === null && parseIpv6(value) === null) {
    throw PikeError.range(`${what} "${value}" is neither an IPv4 nor an IPv6 address`);
  }
}

/** How to bind: an object, or nothing. */
export function checkBindOptions(options: BindOptions | undefined): BindOptions | undefined {
  if (options === undefined) return undefined;
  checkObject(options);
  if (options.mode !== undefined) checkInteger(options.mode, "mode", 0, MODE_MAX);
  if (options.replace !== undefined) checkBoolean(options.replace, "replace");
  return options;
}

/** How to listen: an object, or nothing. */
export function checkListenOptions(options: ListenOptions | undefined): ListenOptions | undefined {
  if (options === undefined) return undefined;
  checkObject(options);
  const { allowUid } = options;
  if (allowUid !== undefined && allowUid !== null) checkInteger(allowUid, "allowUid", 0, UID_MAX);
  return options;
}

/** True, false, or nothing. */
export function checkFlags(target: object, ...names: readonly string[]): void {
  for (const name of names) {
    const value = (target as { readonly [name: string]: unknown })[name];
    if (value !== undefined) checkBoolean(value, name);
  }
}

function checkBoolean(value: unknown, what: string): void {
  if (typeof value !== "boolean") {
    throw PikeError.type(`${what} must be true or false, not ${describe(value)}`);
  }
}

function checkObject(options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw PikeError.type(`options must be an object, not ${describe(options)}`);
  }
}
