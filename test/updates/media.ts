/** Files as Telegram names them, and every kind of content that a person can send. */
import { CHANNEL, DATE, entity, HELPER_BOT, LENA, message, OMAR, PRIVATE, type OwnUpdate } from './people.ts'

/** A file with an invented id. */
export const file = (name: string) => ({
  file_id: `own-file-${name}`,
  file_unique_id: `own-${name}`,
  file_size: 2048,
})

export const PHOTO = [
  { ...file('photo-small'), width: 90, height: 60 },
  { ...file('photo-large'), width: 1280, height: 853 },
]
const THUMBNAIL = { ...file('thumbnail'), width: 320, height: 213 }
export const VOICE = { ...file('voice'), duration: 4, mime_type: 'audio/ogg' }
export const AUDIO = {
  ...file('audio'),
  duration: 61,
  performer: 'The Walkers',
  title: 'Rain',
  file_name: 'rain.mp3',
  mime_type: 'audio/mpeg',
  thumbnail: THUMBNAIL,
}
export const DOCUMENT = {
  ...file('document'),
  file_name: 'map of 2026.pdf',
  mime_type: 'application/pdf',
  thumbnail: THUMBNAIL,
}
export const VIDEO = {
  ...file('video'),
  width: 640,
  height: 480,
  duration: 9,
  cover: PHOTO,
  start_timestamp: 2,
  qualities: [{ ...file('video-low'), width: 320, height: 240, codec: 'h264' }],
  mime_type: 'video/mp4',
}
export const ANIMATION = {
  ...file('animation'),
  width: 320,
  height: 240,
  duration: 2,
  file_name: 'wave.mp4',
  mime_type: 'video/mp4',
}
export const LIVE_PHOTO = {
  ...file('live-photo'),
  photo: PHOTO,
  width: 1280,
  height: 960,
  duration: 3,
  mime_type: 'video/mp4',
}
export const STICKER = {
  ...file('sticker'),
  type: 'regular',
  width: 512,
  height: 512,
  is_animated: false,
  is_video: false,
  emoji: '☔',
  set_name: 'walkers_by_example',
}
export const LOCATION = { latitude: 54.5, longitude: -3.25 }
export const VENUE = { location: LOCATION, title: 'The old mill', address: 'Mill Lane 1' }
const UNTIL_DARK = { ...LOCATION, horizontal_accuracy: 12.5, live_period: 900, heading: 90 }

export const POLL = {
  id: '5550001',
  question: 'Where next?',
  question_entities: [entity('bold', 0, 5)],
  options: [
    { persistent_id: 'p1', text: 'The lake', voter_count: 2, media: { photo: PHOTO } },
    { persistent_id: 'p2', text: 'The hill', voter_count: 0, added_by_user: OMAR, addition_date: DATE },
  ],
  total_voter_count: 2,
  is_closed: false,
  is_anonymous: false,
  type: 'regular',
  allows_multiple_answers: false,
  allows_revoting: true,
  members_only: false,
}
const QUIZ = {
  ...POLL,
  id: '5550002',
  type: 'quiz',
  correct_option_ids: [0],
  explanation: 'It rained.',
  explanation_media: { link: { url: 'https://rain.example' } },
  open_period: 60,
  close_date: DATE + 60,
}
const TASK = { id: 1, text: 'Bring a tent', text_entities: [entity('bold', 8, 4)] }
export const CHECKLIST = {
  title: 'For Saturday',
  tasks: [TASK, { id: 2, text: 'Tea', completed_by_user: OMAR, completion_date: DATE }],
  others_can_mark_tasks_as_done: true,
}
export const GAME = { title: 'Puddles', description: 'Jump over them', photo: PHOTO, animation: ANIMATION }
const PAID_MEDIA = [
  { type: 'preview', width: 640, height: 480, duration: 9 },
  { type: 'photo', photo: PHOTO },
  { type: 'video', video: VIDEO },
  { type: 'live_photo', live_photo: LIVE_PHOTO },
]
const CAPTION = '/ping by the sea'
const CAPTIONED = { caption: CAPTION, caption_entities: [entity('bot_command', 0, 5)] }

export const MEDIA: readonly OwnUpdate[] = [
  message('a photo with a command as its caption', { photo: PHOTO, ...CAPTIONED }),
  ...[1, 2, 3].map((part) =>
    message(`photo ${part} of an album`, {
      message_id: 310 + part,
      photo: PHOTO,
      media_group_id: '660001',
      ...(part === 1 && { caption: 'three views', show_caption_above_media: true }),
    }),
  ),
  message('a photo under a spoiler', { photo: PHOTO, has_media_spoiler: true }),
  message('a live photo', { live_photo: LIVE_PHOTO }),
  message('a video', { video: VIDEO, ...CAPTIONED }),
  message('a video note', { video_note: { ...file('note'), length: 240, duration: 5 } }),
  message('a voice message', { voice: VOICE }),
  message('music', { audio: AUDIO }),
  message('a document', { document: DOCUMENT }),
  // Telegram sends an animation as a document, too, for bots older than animations.
  message('an animation', {
    animation: ANIMATION,
    document: { ...file('animation'), mime_type: 'video/mp4' },
  }),
  message('a sticker', { sticker: STICKER }),
  message('a mask as a sticker', {
    sticker: {
      ...STICKER,
      type: 'mask',
      mask_position: { point: 'eyes', x_shift: 0.5, y_shift: -0.25, scale: 2 },
    },
  }),
  message('a story', { story: { chat: CHANNEL, id: 12 } }),
  message('paid media', { paid_media: { star_count: 5, paid_media: PAID_MEDIA } }),
  message('a checklist', { checklist: CHECKLIST }),
  message('a contact', { contact: { phone_number: '+15550100', first_name: 'Omar', user_id: OMAR.id } }),
  message('a dice', { dice: { emoji: '🎲', value: 4 } }),
  message('a game', { from: HELPER_BOT, game: GAME, via_bot: HELPER_BOT }),
  message('a poll', { poll: POLL }),
  message('a quiz', { poll: QUIZ }),
  // A venue is a location, too.
  message('a venue', { venue: VENUE, location: LOCATION }),
  message('a location', { location: LOCATION }),
  message('a live location', { location: UNTIL_DARK }),
  {
    name: 'an edited live location',
    update: {
      edited_message: {
        message_id: 320,
        from: LENA,
        chat: PRIVATE,
        date: DATE,
        edit_date: DATE + 60,
        location: { ...UNTIL_DARK, longitude: -3.5 },
      },
    },
  },
]
