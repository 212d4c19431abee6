/** A result with a `description`, as of setWebhook. */
export class WithDescription {
  readonly result: unknown
  readonly description: string

  constructor(result: unknown, description: string) {
    this.result = result
    this.description = description
  }
}
