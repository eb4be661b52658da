/** Types of the one entry of bare-semver that is bundled; the package has types for its whole alone. */
declare module 'bare-semver/version' {
  /** A semantic version, without the leading `v`. */
  export default class SemanticVersion {
    private constructor()
    readonly prerelease: readonly string[]
    /** Throws for what is no semantic version. */
    static parse(text: string): SemanticVersion
    static compare(one: SemanticVersion, other: SemanticVersion): number
  }
}
