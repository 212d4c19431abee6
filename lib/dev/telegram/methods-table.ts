/**
 * The methods that the emulator implements, with all their parameters in Bot API 10.1. `!` marks required ones.
 * Kinds: `chat` is an integer or @username, `file` is an upload or a string, `json` is an object or list, as JSON or as
 * text.
 */
const TABLE = {
  getMe: '',
  setWebhook:
    'url:str! certificate:file ip_address:str max_connections:int allowed_updates:json drop_pending_updates:bool secret_token:str',
  deleteWebhook: 'drop_pending_updates:bool',
  getWebhookInfo: '',
  getUpdates: 'offset:int limit:int timeout:int allowed_updates:json',
  setMyCommands: 'commands:json! scope:json language_code:str',
  getMyCommands: 'scope:json language_code:str',
  deleteMyCommands: 'scope:json language_code:str',
  sendMessage:
    'business_connection_id:str chat_id:chat! message_thread_id:int direct_messages_topic_id:int text:str! parse_mode:str entities:json link_preview_options:json disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:str suggested_post_parameters:json reply_parameters:json reply_markup:json',
  editMessageText:
    'business_connection_id:str chat_id:chat message_id:int inline_message_id:str text:str parse_mode:str entities:json link_preview_options:json rich_message:json reply_markup:json',
  editMessageReplyMarkup:
    'business_connection_id:str chat_id:chat message_id:int inline_message_id:str reply_markup:json',
  deleteMessage: 'chat_id:chat! message_id:int!',
  answerCallbackQuery: 'callback_query_id:str! text:str show_alert:bool url:str cache_time:int',
  sendChatAction: 'business_connection_id:str chat_id:chat! message_thread_id:int action:str!',
  setMessageReaction: 'chat_id:chat! message_id:int! reaction:json is_big:bool',
  getChat: 'chat_id:chat!',
  getFile: 'file_id:str!',
  sendDocument:
    'business_connection_id:str chat_id:chat! message_thread_id:int direct_messages_topic_id:int document:file! thumbnail:file caption:str parse_mode:str caption_entities:json disable_content_type_detection:bool disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:str suggested_post_parameters:json reply_parameters:json reply_markup:json',
  sendPhoto:
    'business_connection_id:str chat_id:chat! message_thread_id:int direct_messages_topic_id:int photo:file! caption:str parse_mode:str caption_entities:json show_caption_above_media:bool has_spoiler:bool disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:str suggested_post_parameters:json reply_parameters:json reply_markup:json',
  sendVoice:
    'business_connection_id:str chat_id:chat! message_thread_id:int direct_messages_topic_id:int voice:file! caption:str parse_mode:str caption_entities:json duration:int disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:str suggested_post_parameters:json reply_parameters:json reply_markup:json',
  setChatMenuButton: 'chat_id:int menu_button:json',
} as const

export type MethodName = keyof typeof TABLE
export type ParameterKind = 'str' | 'int' | 'bool' | 'chat' | 'file' | 'json'
export interface Parameter {
  kind: ParameterKind
  required: boolean
}

function parseRow(row: string): ReadonlyMap<string, Parameter> {
  const parameters = new Map<string, Parameter>()
  for (const cell of row.split(' ').filter(Boolean)) {
    const [name = '', kind = ''] = cell.replace('!', '').split(':')
    parameters.set(name, { kind: kind as ParameterKind, required: cell.endsWith('!') })
  }
  return parameters
}

/** Method name (exact spelling) to its parameters. */
export const METHODS = new Map<MethodName, ReadonlyMap<string, Parameter>>(
  Object.entries(TABLE).map(([name, row]) => [name as MethodName, parseRow(row)]),
)

const BY_LOWER_CASE = new Map([...METHODS.keys()].map((name) => [name.toLowerCase(), name]))

/** The method of a path segment, in any case, as in Telegram. Undefined when unknown. */
export const findMethod = (segment: string): MethodName | undefined =>
  BY_LOWER_CASE.get(segment.toLowerCase())
