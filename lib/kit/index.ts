/** What a feature imports. */
export { answer, replyTo, type Keyboard } from './answer.ts'
export { answerButton, editButtons } from './buttons.ts'
export { cut, MESSAGE_LIMIT } from './cut.ts'
export { feature, type BotDefinition, type Feature } from './feature.ts'
export { commandIn, isForBot, isPrivate, isText } from './incoming.ts'
