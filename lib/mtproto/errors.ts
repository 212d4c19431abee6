/** How a call of Telegram's MTProto API can fail. This file loads nothing, so that the failure table can name them. */

/** Telegram answered "no". */
export class MtprotoRefused extends Error {
  override readonly name = 'MtprotoRefused'
  readonly method: string
  readonly status: number
  /** The error without its number: `FLOOD_WAIT` of `FLOOD_WAIT_30`. */
  readonly code: string
  /** The number at the end of the error, as the seconds of `FLOOD_WAIT_30`; null where there is none. */
  readonly number: number | null
  constructor(method: string, status: number, text: string) {
    const [, code = text, digits] = /^(\w*?)_(\d{1,9})$/.exec(text) ?? []
    super(`Telegram refused ${method}: ${status} ${code}`)
    this.method = method
    this.status = status
    this.code = code
    this.number = digits === undefined ? null : Number(digits)
  }
}

/** Telegram was not reached, or did not answer in time: whether the call took effect is unknown. */
export class MtprotoUnreachable extends Error {
  override readonly name = 'MtprotoUnreachable'
  readonly code: 'unreachable' | 'timeout'
  constructor(code: 'unreachable' | 'timeout') {
    super(`Telegram was not reached: ${code}`)
    this.code = code
  }
}

/** Telegram does not know the session's key any more (transport error -404, twice). */
export class KeyUnknown extends Error {
  override readonly name = 'KeyUnknown'
  readonly code = 'key_unknown'
  constructor() {
    super('Telegram does not know this key')
  }
}
