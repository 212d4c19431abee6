/** A refusal of the Bot API: `{ ok: false, error_code, description, parameters? }`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly parameters: Record<string, unknown> | undefined

  constructor(code: number, description: string, parameters?: Record<string, unknown>) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

/** A 400 with Telegram's usual prefix. */
export const badRequest = (what: string, parameters?: Record<string, unknown>): ApiError =>
  new ApiError(400, `Bad Request: ${what}`, parameters)
