/** Creates certificates for token servers and TLS, new in every run: none can expire, and no key is in the repository. */
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator
} from '@peculiar/x509'
import { KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

/** A self-signed certificate and its key. */
export interface Certificate {
  /** PEM. */
  readonly certificate: string
  /** The certificate's DER in base64, as in the `x5c` header of a JSON web token. */
  readonly base64: string
  /** PEM, PKCS #8. */
  readonly key: string
}

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1])
}
const DAY = 24 * 60 * 60 * 1000

/** Creates a certificate for a host name or an IP address, valid from yesterday until tomorrow. */
export async function makeCertificate(hostname: string): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
  const made = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${hostname}`,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + DAY),
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new SubjectAlternativeNameExtension([{ type: isIP(hostname) ? 'ip' : 'dns', value: hostname }])
    ]
  })
  return {
    certificate: made.toString('pem'),
    base64: Buffer.from(made.rawData).toString('base64'),
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}
