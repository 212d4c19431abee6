/** TELEGRAM_MTPROTO: another server than Telegram's for the account API. */

export interface MtprotoServers {
  dcs: readonly { id: number; host: string; port: number }[]
  /** PKCS#1 PEM. */
  publicKey: string
}

/**
 * Reads `2@127.0.0.1:4430,4@127.0.0.1:4431#<base64 of the public key>`. Only addresses of this machine are taken:
 * elsewhere the setting would send phone numbers, codes and passwords to another server.
 * @returns null where it is anything else
 */
export function readMtprotoServers(setting: string): MtprotoServers | null {
  const [addresses = '', key = ''] = setting.split('#')
  const publicKey = Buffer.from(key, 'base64').toString()
  const dcs = addresses.split(',').map((address) => {
    const [, id, host = '', port] =
      /^(\d{1,3})@(127\.\d{1,3}\.\d{1,3}\.\d{1,3}):(\d{1,5})$/.exec(address) ?? []
    return { id: Number(id), host, port: Number(port) }
  })
  const isValid =
    publicKey.startsWith('-----BEGIN RSA PUBLIC KEY-----') &&
    dcs.every(({ host, port }) => host && port < 65_536)
  return isValid ? { dcs, publicKey } : null
}
