/** A result that Telegram accompanies with a `description`, as setWebhook does. */
export class WithDescription {
  readonly result: unknown
  readonly description: string

  constructor(result: unknown, description: string) {
    this.result = result
    this.description = description
  }
}
