/** The images of the trial: two versions of one image, for two platforms, and what is attached to the older one. */
import { type Image, artifact, image, indexOf, referrerOf } from '../testing/images.ts'

const release = (version: string): Image =>
  indexOf(
    ['linux/amd64', 'linux/arm64'].map(platform =>
      image({ platform, seed: version, labels: { 'org.opencontainers.image.version': version } })
    )
  )

/** The versions, by name. */
export const versions = { older: release('1.0.0'), newer: release('1.1.0') }

/** One of {@link versions}. */
export type Version = keyof typeof versions

/** What refers to the older version. */
export const sbom = referrerOf(versions.older, { seed: 'sbom' })

/** What cosign's tag attaches to the older version. */
export const signature = artifact({
  seed: 'signature',
  artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json'
})

/** The tag of {@link signature}. */
export const signatureTag = `${versions.older.digest.replace(':', '-')}.sig`
