/** Rich messages: every kind of block and of text. */
import { ANIMATION, AUDIO, DOCUMENT, LOCATION, PHOTO, VIDEO, VOICE } from './media.ts'
import { DATE, message, OMAR, type Fields, type OwnUpdate } from './people.ts'

const text = (type: string, fields: Fields = {}): Fields => ({ type, text: 'some words', ...fields })
const paragraph = (content: unknown): Fields => ({ type: 'paragraph', text: content })

const TEXTS: unknown[] = [
  'plain, then ',
  ['a list ', text('bold', { text: ['of ', text('italic')] })],
  ...['underline', 'strikethrough', 'spoiler', 'subscript', 'superscript', 'marked', 'code'].map((type) =>
    text(type),
  ),
  text('date_time', { unix_time: DATE, date_time_format: 'wDT' }),
  text('text_mention', { user: OMAR }),
  { type: 'custom_emoji', custom_emoji_id: '5550011', alternative_text: '☔' },
  { type: 'mathematical_expression', expression: 'a^2+b^2' },
  text('url', { url: 'https://walkers.example' }),
  text('email_address', { email_address: 'walkers@example.org' }),
  text('phone_number', { phone_number: '+15550100' }),
  text('bank_card_number', { bank_card_number: '0000 0000 0000 0000' }),
  text('mention', { username: 'lena_example' }),
  text('hashtag', { hashtag: 'rain' }),
  text('cashtag', { cashtag: 'RAIN' }),
  text('bot_command', { text: '/help', bot_command: 'help' }),
  { type: 'anchor', name: 'top' },
  text('anchor_link', { anchor_name: 'top' }),
  text('reference', { name: 'first' }),
  text('reference_link', { reference_name: 'first' }),
]
const CAPTION = { text: 'a caption', credit: text('italic') }
const CELL = { text: 'wet', is_header: true, colspan: 2, align: 'left', valign: 'top' }
const ITEM = { label: '1.', blocks: [paragraph('one')], has_checkbox: true, is_checked: false, value: 1 }

const BLOCKS: Fields[] = [
  paragraph(TEXTS),
  text('heading', { size: 1 }),
  text('pre', { language: 'lua' }),
  text('footer'),
  { type: 'divider' },
  { type: 'mathematical_expression', expression: 'e = mc^2' },
  { type: 'anchor', name: 'bottom' },
  { type: 'list', items: [ITEM] },
  { type: 'blockquote', blocks: [paragraph('said')], credit: 'a walker' },
  text('pullquote', { credit: 'a walker' }),
  { type: 'collage', blocks: [{ type: 'photo', photo: PHOTO }], caption: CAPTION },
  { type: 'slideshow', blocks: [{ type: 'video', video: VIDEO }], caption: CAPTION },
  {
    type: 'table',
    cells: [[CELL], [{ align: 'right', valign: 'bottom' }]],
    is_bordered: true,
    caption: 'rain',
  },
  { type: 'details', summary: 'more', blocks: [paragraph('inside')], is_open: false },
  { type: 'map', location: LOCATION, zoom: 12, width: 400, height: 300, caption: CAPTION },
  { type: 'animation', animation: ANIMATION },
  { type: 'audio', audio: AUDIO },
  { type: 'photo', photo: PHOTO, has_spoiler: true, caption: CAPTION },
  { type: 'video', video: VIDEO },
  { type: 'voice_note', voice_note: VOICE },
  text('thinking'),
]

const BUTTON = { text: 'Choose', callback_data: 'language:fr' }

export const RICH: readonly OwnUpdate[] = [
  message('a rich message of every block', { rich_message: { blocks: BLOCKS } }),
  message('a rich message that is a command', { rich_message: { blocks: [paragraph('/ping rich')] } }),
  message('a rich message from right to left', {
    rich_message: { blocks: [paragraph('שלום')], is_rtl: true },
  }),
  message(
    'a rich message with the blocks of 10.3',
    {
      rich_message: {
        blocks: [
          { type: 'expandable_blockquote', text: 'a long quotation', credit: 'a walker' },
          { type: 'buttons', buttons: [BUTTON], align: 'center' },
          { type: 'document', document: DOCUMENT },
          paragraph([{ type: 'button', button: BUTTON }]),
        ],
      },
    },
    '10.3',
  ),
]
