import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { badRequest } from './errors.ts'
import type { FileFields, Message } from './types.ts'
import type { StoredFile, World } from './world.ts'

export type FileKind = 'document' | 'photo' | 'voice'

export interface NewFile {
  bytes: Uint8Array
  fileName?: string | undefined
  mimeType?: string | undefined
  /** Duration of a voice message, in seconds. */
  durationSeconds?: number | undefined
}

const FOLDER = { document: 'documents', photo: 'photos', voice: 'voice' } as const
const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024

/** Stores a file under a new file_id, for getFile and download. */
export function storeFile(world: World, kind: FileKind, file: NewFile): StoredFile {
  const number = world.nextId.file++
  const extension = { document: extname(file.fileName ?? ''), photo: '.jpg', voice: '.oga' }[kind]
  const unique = createHash('sha256').update(`${world.token} ${kind} ${number}`).digest('base64url')
  const stored: StoredFile = {
    file_id: `AwAC${unique}`,
    file_unique_id: `AgAD${unique.slice(0, 12)}`,
    file_path: `${FOLDER[kind]}/file_${number}${extension}`,
    file_name: file.fileName ?? `file_${number}${extension}`,
    mime_type: file.mimeType,
    bytes: Buffer.from(file.bytes),
  }
  world.files.set(stored.file_id, stored)
  return stored
}

/** The fields of a message with this file. A photo has fixed dimensions. */
export function fileMessage(kind: FileKind, file: StoredFile, durationSeconds = 1): Partial<Message> {
  const fields: FileFields = {
    file_id: file.file_id,
    file_unique_id: file.file_unique_id,
    file_size: file.bytes.length,
  }
  if (kind === 'photo') return { photo: [{ ...fields, width: 800, height: 600 }] }
  if (kind === 'voice') {
    return { voice: { ...fields, duration: durationSeconds, mime_type: file.mime_type ?? 'audio/ogg' } }
  }
  const mime_type = file.mime_type ?? 'application/octet-stream'
  return { document: { ...fields, file_name: file.file_name, mime_type } }
}

/** @throws {ApiError} 400 for an unknown file, or one of more than 20 MB */
export function describeFile(world: World, fileId: string): Record<string, unknown> {
  const file = world.files.get(fileId)
  if (file === undefined) throw badRequest('wrong file_id or the file is temporarily unavailable')
  if (file.bytes.length > MAX_DOWNLOAD_BYTES) throw badRequest('file is too big')
  return {
    file_id: file.file_id,
    file_unique_id: file.file_unique_id,
    file_size: file.bytes.length,
    file_path: file.file_path,
  }
}

/** Finds the file of a download path. */
export const findFileByPath = (world: World, path: string): StoredFile | undefined =>
  [...world.files.values()].find((file) => file.file_path === path && file.bytes.length <= MAX_DOWNLOAD_BYTES)
