/** The gates in their order. What is known of a chat is noted before the rate limit can end an update. */
import type { Gate } from './gate.ts'
import { membership } from './membership.ts'
import { peopleOnly } from './people-only.ts'
import { proof } from './proof.ts'
import { rateLimit } from './rate-limit.ts'
import { soundShape } from './sound-shape.ts'

export const gates: readonly Gate[] = [soundShape, proof, membership, peopleOnly, rateLimit]
