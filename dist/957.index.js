export const id = 957;
export const ids = [957];
export const modules = {

/***/ 958:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  main: () => (/* binding */ main)
});

// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 8 modules
var core = __webpack_require__(58);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(500);
// EXTERNAL MODULE: ./src/oci/errors.ts
var errors = __webpack_require__(630);
// EXTERNAL MODULE: ./src/oci/reference.ts
var oci_reference = __webpack_require__(148);
;// CONCATENATED MODULE: ./src/promotion/copy.ts

/** The counts of no copy at all. */
const nothingCopied = {
    manifests: 0,
    blobs: 0,
    bytes: 0,
    mounted: 0,
    present: 0,
    referrers: 0
};
/** Adds up what several copies moved. */
function sumCopied(parts) {
    return parts.reduce((sum, part) => ({
        manifests: sum.manifests + (part.manifests ?? 0),
        blobs: sum.blobs + (part.blobs ?? 0),
        bytes: sum.bytes + (part.bytes ?? 0),
        mounted: sum.mounted + (part.mounted ?? 0),
        present: sum.present + (part.present ?? 0),
        referrers: sum.referrers + (part.referrers ?? 0)
    }), nothingCopied);
}
/** Lists what a copy consists of: the image first, then its attachments. */
function missingContentOf({ image, attachments }) {
    return [image, ...attachments];
}
/** Tells what copies will move if every registry does what it can: within one, blobs are mounted after the first. */
function expectCopied(copies) {
    const holders = new Map();
    const moved = ({ from, digest, size }, to) => {
        const name = `${to.registry}@${digest}`;
        const isMounted = [from, holders.get(name)].some(holder => holder && (0,oci_reference/* canMount */.an)({ from: holder, to }));
        holders.set(name, to);
        return isMounted ? { mounted: 1 } : { blobs: 1, bytes: size };
    };
    return sumCopied(copies.flatMap(copy => {
        const content = missingContentOf(copy);
        return [
            {
                manifests: content.reduce((sum, { manifests }) => sum + manifests.length, 0),
                present: copy.present,
                referrers: copy.attachments.length
            },
            ...content.flatMap(({ blobs }) => blobs).map(blob => moved(blob, copy.to))
        ];
    }));
}

;// CONCATENATED MODULE: ./src/promotion/report.ts

/** The possible outcomes of a target (contract: *Outputs*). */
const outcomes = [
    'created',
    'moved',
    'unchanged',
    'kept',
    'skipped',
    'superseded',
    'refused',
    'failed',
    'restored',
    'not-attempted'
];
/** The report of a run that ended before anything was read. */
function failedRun(error) {
    return { sources: [], dryRun: false, targets: [], copied: nothingCopied, warnings: [], error };
}
/** Reports the sources of a request as they were read. */
function sourceReports({ promotions }, states) {
    return promotions.map(({ source }, index) => {
        const state = states[index];
        if (state === undefined)
            return { source };
        return state.kind === 'found' ? { source, image: state.image } : { source, isMissing: true };
    });
}
/** Reports each target of a request as not attempted. */
function abandoned({ promotions }, reason) {
    return promotions.flatMap(({ source, targets }) => targets.map(target => ({ target, source, outcome: 'not-attempted', reason })));
}
/** Tells whether a tag may point elsewhere than before the run, where it pointed to something. */
function isDisplaced(report) {
    const { outcome, digest, previousDigest } = report;
    const isElsewhere = outcome === 'moved' || (outcome === 'failed' && digest !== previousDigest);
    return isElsewhere && previousDigest !== undefined;
}
/** Tells whether a report is that of a write. */
function isWrite({ outcome }) {
    return outcome === 'created' || outcome === 'moved';
}
/** Tells whether anything was written, or would be: content, or a tag; of a failed write, as far as that is known. */
function hasChanged({ targets, copied }) {
    const hasCopied = copied.manifests + copied.blobs + copied.mounted > 0;
    return (hasCopied ||
        targets.some(report => isWrite(report) ||
            report.outcome === 'superseded' ||
            (report.outcome === 'failed' &&
                report.digest !== undefined &&
                report.digest !== report.previousDigest)));
}
/** Tells whether a run did all that was asked of it. */
function isSuccessful(report) {
    const good = ['created', 'moved', 'unchanged', 'kept', 'skipped', 'superseded'];
    return errorsOf(report).length === 0 && report.targets.every(({ outcome }) => good.includes(outcome));
}
/** Lists the targets that could not be put back. */
function unrestoredTargets({ targets }) {
    return targets.filter(({ rollbackError }) => rollbackError !== undefined);
}
/** Lists the errors of a run: its own, those of the sources, of the targets, and last why tags could not be put back. */
function errorsOf(report) {
    const { sources, targets } = report;
    return [
        ...[report, ...sources, ...targets].flatMap(({ error }) => error ?? []),
        ...targets.flatMap(({ rollbackError }) => rollbackError ?? [])
    ];
}

// EXTERNAL MODULE: ./src/oci/json.ts
var oci_json = __webpack_require__(691);
// EXTERNAL MODULE: ./src/oci/printable.ts
var printable = __webpack_require__(362);
;// CONCATENATED MODULE: ./src/oci/ambiguity.ts
/**
 * What two parsers may read differently in one manifest. JSON does not define duplicate names, and Go's decoder, which Docker,
 * containerd and most registries use, takes `Layers` for `layers`: one program could check an image and another run a different
 * one (compare CVE-2021-41190).
 */


// The fields that clients act on: of a manifest, and of its parts.
const fields = spellingsOf([
    ...['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'manifests', 'blobs', 'subject'],
    ...['annotations', 'fsLayers', 'history', 'signatures']
]);
const partFields = spellingsOf([
    ...['mediaType', 'artifactType', 'digest', 'size', 'urls', 'data', 'annotations'],
    ...['platform', 'os', 'architecture', 'variant']
]);
const parts = ['config', 'layers', 'manifests', 'blobs', 'subject', 'platform'];
/**
 * Tells what can be read in two ways in a manifest, which is known to be JSON: a duplicate name in one object, or one
 * that differs from the specification's in letter case alone; undefined when there is no such name.
 */
function objectionTo(json) {
    const open = [];
    for (let at = 0; at < json.length; at++) {
        const inner = open.at(-1);
        const char = json.charAt(at);
        if ('{['.includes(char))
            open.push(opened(char === '{', inner));
        else if ('}]'.includes(char))
            open.pop();
        else if (char === '"') {
            const end = (0,oci_json/* endOfString */.ap)(json, at);
            const objection = inner && isName(json, end) ? objectionToName(json.slice(at, end), inner) : undefined;
            if (objection !== undefined)
                return objection;
            at = end - 1;
        }
    }
    return undefined;
}
function objectionToName(quoted, object) {
    const name = JSON.parse(quoted);
    if (object.names.has(name))
        return `it says "${(0,printable/* printable */.g)(name)}" twice`;
    if ((object.spellings?.get(folded(name)) ?? name) !== name)
        return `it says "${(0,printable/* printable */.g)(name)}" in an unusual letter case`;
    object.names.add(name);
    object.last = name;
    return undefined;
}
function opened(isObject, parent) {
    const { spellings, last } = parent ?? { spellings: fields, last: '' };
    const own = parts.includes(last) ? spellings && partFields : undefined;
    return { names: new Set(), spellings: isObject && parent ? own : spellings, last };
}
function spellingsOf(names) {
    return new Map(names.map(name => [folded(name), name]));
}
/** Folds a name as Go's decoder does: it takes a long s for an s and a Kelvin sign for a k. */
function folded(name) {
    return name.toUpperCase().toLowerCase();
}
/** Tells whether a string that ends here is the name of a field. */
function isName(json, end) {
    let at = end;
    while (/\s/.test(json.charAt(at)))
        at++;
    return json[at] === ':';
}

// EXTERNAL MODULE: ./src/oci/digest.ts
var oci_digest = __webpack_require__(825);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(598);
;// CONCATENATED MODULE: ./src/oci/digester.ts
/** Computes digests. Apart from digest.ts, because `node:crypto` takes long to load. */


/** Computes the digest of some bytes, with the algorithm of `like` (sha256 when there is none). */
function digestOf(bytes, like) {
    const algorithm = algorithmOf(like);
    return `${algorithm}:${(0,external_node_crypto_.createHash)(algorithm).update(bytes).digest('hex')}`;
}
/** Begins to compute a digest, with the algorithm of `like`. */
function hasherLike(like) {
    const algorithm = algorithmOf(like);
    const hash = (0,external_node_crypto_.createHash)(algorithm);
    return {
        update: bytes => {
            hash.update(bytes);
        },
        digest: () => `${algorithm}:${hash.digest('hex')}`
    };
}
/** Tells whether a text is a digest of some bytes, by whichever algorithm it names. */
function isDigestOf(bytes, text) {
    return (0,oci_digest/* isDigest */.Bc)(text) && digestOf(bytes, text) === text;
}
function algorithmOf(digest) {
    return digest?.startsWith('sha512:') ? 'sha512' : 'sha256';
}

;// CONCATENATED MODULE: ./src/oci/manifest-fields.ts
/** The fields of manifests that are read. A parsed manifest can take forty times its size in memory, and a run holds many. */

const value = {};
const descriptor = {
    mediaType: value,
    digest: value,
    size: value,
    platform: { os: value, architecture: value, variant: value },
    annotations: { 'vnd.docker.reference.type': value, 'vnd.docker.reference.digest': value }
};
const manifest = {
    config: descriptor,
    layers: descriptor,
    blobs: descriptor,
    manifests: descriptor,
    subject: descriptor,
    annotations: { 'org.opencontainers.image.version': value, 'org.opencontainers.image.created': value }
};
/**
 * Keeps of a parsed manifest the fields that are read: its descriptors and four annotations. In a list, null takes the place of
 * what has none of a descriptor's fields.
 */
function readFieldsOf(content) {
    return pick(content, manifest);
}
function pick(object, fields) {
    const picked = {};
    for (const [name, inner] of Object.entries(fields))
        if (Object.hasOwn(object, name))
            picked[name] = keep(object[name], inner);
    return picked;
}
function keep(found, fields) {
    if (Array.isArray(found))
        return fields === descriptor ? found.map(keepDescriptor) : null;
    if ((0,oci_json/* isObject */.Gv)(found))
        return fields === value ? null : pick(found, fields);
    return found;
}
function keepDescriptor(found) {
    const picked = (0,oci_json/* isObject */.Gv)(found) ? pick(found, descriptor) : {};
    return Object.keys(picked).length > 0 ? picked : null;
}

;// CONCATENATED MODULE: ./src/oci/media-type.ts
/** The media types of manifests: which are requested, known and refused. */
/** The media type of an OCI index, which lists of referrers have too. */
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
/** The media type of a Docker manifest list. */
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';
const kinds = {
    [OCI_INDEX]: 'index',
    [DOCKER_LIST]: 'index',
    [OCI_MANIFEST]: 'image',
    [DOCKER_MANIFEST]: 'image',
    [OCI_ARTIFACT]: 'image'
};
const names = {
    [OCI_INDEX]: 'OCI image index',
    [DOCKER_LIST]: 'Docker manifest list',
    [OCI_MANIFEST]: 'OCI image manifest',
    [DOCKER_MANIFEST]: 'Docker image manifest',
    [OCI_ARTIFACT]: 'OCI artifact manifest'
};
// What servers say when they do not know what they serve (registries.md 2.2).
const unspecific = ['', 'application/json', 'application/octet-stream', 'text/plain'];
/**
 * The `Accept` header of every manifest request. Schema 1 and wildcards are left out on purpose: some registries prefer
 * schema 1 when it is offered.
 */
const acceptedManifests = Object.keys(kinds).join(', ');
/** Tells what kind of manifest a media type is; undefined when it is none that can be retagged. */
function kindOfManifest(mediaType) {
    return Object.hasOwn(kinds, mediaType) ? kinds[mediaType] : undefined;
}
/** Tells whether a manifest is in Docker's own format, by its media type. */
function isDockerManifest(mediaType) {
    return mediaType === DOCKER_LIST || mediaType === DOCKER_MANIFEST;
}
/** Names a manifest media type for people. */
function describeMediaType(mediaType) {
    return (Object.hasOwn(names, mediaType) ? names[mediaType] : undefined) ?? mediaType;
}
/** Takes the parameters (`; charset=utf-8`) off a `Content-Type` value. */
function withoutParameters(contentType) {
    return contentType.replace(/;.*$/s, '').trim().toLowerCase();
}
/** Tells whether a content type says nothing about what the body is. */
function isUnspecific(mediaType) {
    return unspecific.includes(mediaType);
}
/** Tells whether a media type is one of schema 1's (`application/vnd.docker.distribution.manifest.v1+…`). */
function isSchema1(mediaType) {
    return mediaType.startsWith('application/vnd.docker.distribution.manifest.v1+');
}
/**
 * Gives the type of a manifest that names none: by the image specification it is OCI's, an index when it has `manifests`, an
 * image when it has `config` or `layers`; undefined for what is neither.
 */
function inferMediaType(content) {
    if ('manifests' in content)
        return OCI_INDEX;
    return 'config' in content || 'layers' in content ? OCI_MANIFEST : undefined;
}
// IS layer.md, Docker image manifest v2.2: layers whose licence keeps them where they are.
const FOREIGN = /^application\/vnd\.(?:docker\.image\.rootfs\.foreign\.diff\.tar|oci\.image\.layer\.nondistributable\.v1\.tar)(?:[.+]|$)/;
/** Tells whether a layer must not be copied to another registry, by its media type: Windows base layers, as a rule. */
function isForeign(mediaType) {
    return FOREIGN.test(mediaType);
}

// EXTERNAL MODULE: ./src/oci/platform.ts
var oci_platform = __webpack_require__(890);
;// CONCATENATED MODULE: ./src/oci/manifest.ts
/**
 * Manifests: the exact bytes a registry served, and a view of what they say. The bytes are never re-serialised.
 *
 *     asked by        Docker-Content-Digest   answer
 *     digest (GET)    any                     the computed digest must equal the asked one, else DIGEST_MISMATCH
 *     tag    (GET)    present, not the bytes' DIGEST_MISMATCH (detects a substituted child)
 *     tag    (GET)    equal or missing        the computed digest
 */









/** The largest manifest that is read: what registries and clients agree on (Azure, oras, containers/image). */
const MAXIMUM_MANIFEST_BYTES = 4 * 1024 * 1024;
/**
 * Reads a served manifest.
 * Throws `MANIFEST_UNSUPPORTED` for schema 1 under any media type, and for what is no manifest or an ambiguous one
 * (CVE-2021-41190), `DIGEST_MISMATCH` by the table above.
 */
function readManifest(served) {
    const declared = withoutParameters(served.contentType);
    // The view may lose bytes that are no UTF-8; the bytes themselves are what is hashed and uploaded.
    const text = new TextDecoder().decode(served.bytes);
    const content = parseContent(text, declared);
    refuseSchema1(content, declared);
    const mediaType = mediaTypeOf(content, declared);
    const kind = mediaType === undefined ? undefined : kindOfManifest(mediaType);
    if (mediaType === undefined || kind === undefined) {
        throw unsupported(`the registry answered with "${(0,printable/* printable */.g)(mediaType ?? declared)}", which is not a manifest Retag knows`);
    }
    refuseConfusion(content, kind);
    refuseAmbiguity(text);
    return {
        bytes: served.bytes,
        digest: verifiedDigest(served),
        mediaType,
        kind,
        content: readFieldsOf(content)
    };
}
/** Tells whether a digest names a manifest, whichever algorithm it is by: one registry names a tag by sha256, a user by sha512. */
function isNamedBy(manifest, digest) {
    const isSameAlgorithm = digest.length === manifest.digest.length;
    return isSameAlgorithm ? digest === manifest.digest : isDigestOf(manifest.bytes, digest);
}
/** Lists the platforms of an index as `os/architecture[/variant]`, in its order, each once; attestations have none. */
function platformsOf(manifest) {
    return [...new Set(imagesOf(manifest).map(({ platform }) => platform))];
}
/** Lists the images of an index that are for a platform, in its order. */
function imagesOf(manifest) {
    return childrenOf(manifest).flatMap(child => {
        const platform = (0,oci_platform/* formatPlatform */.Bq)(child.platform);
        return platform === undefined ? [] : [{ platform, digest: child.digest }];
    });
}
/**
 * Lists BuildKit's attestations in an index: the digest of each, and of the image that it is about. They are made for that image, and
 * nothing refers to them in turn.
 */
function attestationsIn(manifest) {
    return new Map(childrenOf(manifest).flatMap(({ digest, platform, annotations }) => (0,oci_platform/* formatPlatform */.Bq)(platform) === undefined &&
        (0,oci_json/* isObject */.Gv)(annotations) &&
        annotations['vnd.docker.reference.type'] === 'attestation-manifest'
        ? [[digest, annotations['vnd.docker.reference.digest']]]
        : []));
}
function childrenOf({ content }) {
    return Array.isArray(content.manifests) ? content.manifests.filter(oci_json/* isObject */.Gv) : [];
}
/** Describes a manifest for people: what it is, its size, its platforms (see {@link listPlatforms}). */
function describeManifest(manifest) {
    const platforms = platformsOf(manifest);
    const facts = [
        describeMediaType(manifest.mediaType),
        `${manifest.bytes.length.toString()} bytes`,
        ...(platforms.length > 0 ? [(0,oci_platform/* listPlatforms */.Rd)(platforms)] : [])
    ];
    return facts.join(', ');
}
function parseContent(text, declared) {
    try {
        const content = (0,oci_json/* parseJson */.qF)(text);
        if ((0,oci_json/* isObject */.Gv)(content))
            return content;
    }
    catch {
        // Not JSON: refused below, with schema 1 named where the type says so (its payload may be signed, pretty-printed or cut).
    }
    refuseSchema1({}, declared);
    throw unsupported(`the registry answered with something that is not a manifest (content type "${(0,printable/* printable */.g)(declared)}")`);
}
function refuseSchema1(content, declared) {
    const inner = typeof content.mediaType === 'string' ? content.mediaType.toLowerCase() : '';
    const signs = [
        ...(isNumber(content.schemaVersion, 1) ? ['schemaVersion 1'] : []),
        ...['fsLayers', 'history', 'signatures'].filter(field => field in content)
    ];
    if (!isSchema1(declared) && !isSchema1(inner) && signs.length === 0)
        return;
    const seen = (0,printable/* printable */.g)(isSchema1(inner) ? inner : declared);
    throw new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', `the registry answered with a schema-1 manifest (media type "${seen}"${signs.length > 0 ? `; it has ${signs.join(', ')}` : ''})`, {
        advice: "Such a manifest cannot be retagged: its signature covers the image's name and tag. Push the image again with a current " +
            'builder (or convert it: skopeo copy --format v2s2), or have the registry stop falling back to schema 1.'
    });
}
function mediaTypeOf(content, declared) {
    const inner = content.mediaType;
    if (inner !== undefined && typeof inner !== 'string')
        throw unsupported('the manifest’s mediaType is not a text');
    if (isUnspecific(declared))
        return inner ?? inferMediaType(content);
    if (inner !== undefined && inner.toLowerCase() !== declared) {
        throw unsupported(`the registry says the manifest is "${(0,printable/* printable */.g)(declared)}", the manifest itself says "${(0,printable/* printable */.g)(inner)}"`);
    }
    return declared;
}
function refuseConfusion(content, kind) {
    const isIndexLike = 'manifests' in content;
    const isImageLike = 'config' in content || 'layers' in content;
    if (isIndexLike && isImageLike)
        throw unsupported('the manifest is an index and an image at once (CVE-2021-41190)');
    if (kind === 'index' && !Array.isArray(content.manifests))
        throw unsupported('the index lists no manifests');
    if (kind === 'image' && isIndexLike)
        throw unsupported('the manifest is called an image and lists manifests (CVE-2021-41190)');
}
function refuseAmbiguity(text) {
    const objection = objectionTo(text);
    if (objection !== undefined)
        throw unsupported(`the manifest can be read in two ways: ${objection}`);
}
function verifiedDigest({ bytes, digestHeader, asked }) {
    if (asked !== undefined) {
        const digest = digestOf(bytes, asked);
        if (digest !== asked)
            throw mismatch(`asked for ${asked}, the registry answered with ${digest}`);
    }
    if (digestHeader !== undefined) {
        if (!(0,oci_digest/* isDigest */.Bc)(digestHeader))
            throw mismatch(`the registry named an impossible digest, "${(0,printable/* printable */.g)(digestHeader)}"`);
        const digest = digestOf(bytes, digestHeader);
        if (digest !== digestHeader)
            throw mismatch(`the registry named ${digestHeader}, the manifest it sent is ${digest}`);
    }
    return digestOf(bytes, asked);
}
/** Tells whether a value is a number, or a text of one; `Number` would call an object's methods. */
function isNumber(value, number) {
    return (typeof value === 'number' || typeof value === 'string') && Number(value) === number;
}
function unsupported(message) {
    return new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', message, {
        advice: 'Retag moves Docker (version 2) and OCI manifests, indexes and artifacts. Check that the reference names an image and that ' +
            'nothing between the runner and the registry answers instead of it.'
    });
}
function mismatch(message) {
    return new errors/* PromotionError */.g1('DIGEST_MISMATCH', message, {
        advice: 'Nothing was tagged. Something between the build and here changed the manifest; find out what before you promote it.'
    });
}

// EXTERNAL MODULE: ./node_modules/bare-semver/lib/version.js
var version = __webpack_require__(371);
var version_default = /*#__PURE__*/__webpack_require__.n(version);
;// CONCATENATED MODULE: ./src/promotion/version.ts
/** Semantic versions (semver.org): reading and ordering, by a library: docs/adr/0008-order-of-versions.md. The only module that imports it. */

const MAXIMUM_LENGTH = 256;
/** Reads a semantic version, which a `v` may lead; undefined for anything else. */
function parseVersion(written) {
    const text = written.replace(/^v/, '');
    if (text.length > MAXIMUM_LENGTH)
        return undefined;
    try {
        const parsed = version_default().parse(text);
        return { text, isPreRelease: parsed.prerelease.length > 0, parsed };
    }
    catch {
        return undefined;
    }
}
/** Orders two versions: negative when `one` is lower, positive when it is higher, 0 when neither is (build metadata does not count). */
function compareVersions(one, other) {
    return version_default().compare(one.parsed, other.parsed);
}

;// CONCATENATED MODULE: ./src/promotion/published.ts

const FULL = /^v?(\d+(?:\.\d+){2,})(-.+)?$/;
const LINE = /^v?(\d+(?:\.\d+)?)(-.+)?$/;
/** Tells whether a tag is a full version, of whatever flavour: such tags alone make published versions worth reading. */
function isFullVersion(tag) {
    return FULL.test(tag);
}
/**
 * Compares the image that gets the tags `given` with what is `published`, for a floating tag; undefined where that cannot tell.
 */
function comparePublished(floating, given, published) {
    const line = lineOf(floating, [...given, ...published]);
    const wanted = highest(given.flatMap(tag => parseFull(tag, line.suffix) ?? parseFull(tag, '') ?? []));
    if (wanted === undefined)
        return undefined;
    const others = published
        .flatMap(tag => parseFull(tag, line.suffix) ?? [])
        .filter(({ numbers }) => line.numbers.every((number, index) => numbers[index] === number));
    const release = highest(others.filter(({ version }) => !version.isPreRelease));
    if (wanted.version.isPreRelease && release !== undefined) {
        const reason = `${wanted.text} is a pre-release, and the release ${release.text} is published`;
        return { kind: 'older', by: 'published', reason };
    }
    const present = wanted.version.isPreRelease ? highest(others) : release;
    return present && compareTo(present, wanted);
}
function compareTo(present, wanted) {
    const order = compareFull(wanted, present);
    if (order < 0)
        return {
            kind: 'older',
            by: 'published',
            reason: `${present.text} is published, and ${wanted.text} is lower`
        };
    const relation = order === 0 ? `it is ${wanted.text}` : `${wanted.text} is higher than ${present.text}`;
    return { kind: 'newer', by: 'published', reason: `${relation}, the highest version published` };
}
/** Finds what a floating tag covers. Its flavour is a suffix that full versions have, here or in the repository. */
function lineOf(floating, tags) {
    const [, numbers, suffix = ''] = LINE.exec(floating) ?? [];
    if (numbers !== undefined)
        return { numbers: numbers.split('.').map(withoutZeros), suffix };
    const parts = `-${floating}`.split(/(?=-)/);
    const suffixes = parts.map((_, index) => parts.slice(index).join(''));
    const isKnown = (each) => tags.some(tag => parseFull(tag, each) !== undefined);
    return { numbers: [], suffix: suffixes.find(isKnown) ?? '' };
}
/** Reads a full version off a tag that ends in a suffix; undefined for any other. */
function parseFull(tag, suffix) {
    if (!tag.endsWith(suffix))
        return undefined;
    const [, dotted, preRelease = ''] = FULL.exec(tag.slice(0, tag.length - suffix.length)) ?? [];
    if (dotted === undefined)
        return undefined;
    const numbers = dotted.split('.').map(withoutZeros);
    const version = parseVersion(numbers.slice(0, 3).join('.') + preRelease);
    return version && { text: tag, numbers, version };
}
function highest(versions) {
    return versions.reduce((best, each) => (best === undefined || compareFull(each, best) > 0 ? each : best), undefined);
}
function compareFull(one, other) {
    for (let index = 0; index < Math.max(one.numbers.length, other.numbers.length); index++) {
        const order = compareNumbers(one.numbers[index] ?? '0', other.numbers[index] ?? '0');
        if (order !== 0)
            return order;
    }
    return compareVersions(one.version, other.version);
}
/** Orders whole numbers of any length. */
function compareNumbers(one, other) {
    if (one.length !== other.length)
        return one.length - other.length;
    return one < other ? -1 : Number(one > other);
}
function withoutZeros(number) {
    return number.replace(/^0+(?=\d)/, '');
}

// EXTERNAL MODULE: ./src/promotion/request.ts
var promotion_request = __webpack_require__(548);
;// CONCATENATED MODULE: ./src/promotion/rotation.ts

/**
 * Lists the writes of a rotation, in their order. `held` is what TAG, TAG-1, TAG-2 … hold; undefined for one that does not
 * exist. TAG itself, which is to get `source` after all these, is not among them.
 */
function rotate(source, held) {
    const history = held.map(digest => (digest && isNamedBy(source, digest) ? source.digest : digest));
    const images = history.filter(digest => digest !== undefined);
    const wanted = [...new Set([source.digest, ...images])].slice(0, history.length);
    const shifts = wanted
        .map((digest, number) => ({ digest, number }))
        .filter(({ digest, number }) => number > 0 && history[number] !== digest);
    const closesGap = ({ digest, number }) => history.indexOf(digest) > number;
    return [...shifts.filter(closesGap), ...shifts.filter(shift => !closesGap(shift)).toReversed()];
}

;// CONCATENATED MODULE: ./src/promotion/snapshot.ts
/** The snapshot: what the registries hold before anything is written. */



/** Gives the state of a tag. Throws where nobody has looked at it: that is a bug. */
function stateOf(tags, target) {
    const state = tags.get((0,oci_reference/* formatReference */.FH)(target));
    if (state === undefined)
        throw new Error(`${(0,oci_reference/* formatReference */.FH)(target)} has not been read`);
    return state;
}
/** Gives the digest that a tag holds; undefined for what does not exist or cannot be read. Throws as {@link stateOf} does. */
function heldDigest(tags, target) {
    const state = stateOf(tags, target);
    return state.kind === 'present' ? state.digest : undefined;
}
/** Gives the digest of each platform's manifest, as far as the image itself tells. */
function platformDigests({ manifest, platforms }) {
    const children = imagesOf(manifest).flatMap(({ platform, digest }) => typeof digest === 'string' && (0,oci_digest/* isDigest */.Bc)(digest) ? [[platform, digest]] : []);
    const own = manifest.kind === 'image' ? platforms.map(platform => [platform, manifest.digest]) : [];
    return Object.fromEntries([...children, ...own]);
}

// EXTERNAL MODULE: ./src/promotion/source.ts
var promotion_source = __webpack_require__(448);
;// CONCATENATED MODULE: ./src/promotion/unreadable.ts

// A registry that denies the read may still take the write. Any other failure says nothing of the kind.
const DENIED = 'DENIED';
/** Tells whether a tag that cannot be read is written nonetheless. */
function isOverwritten({ code }, { policy, isKept }) {
    return policy === 'move' && !isKept && code === DENIED;
}
/** Decides about a tag that cannot be read, because of an error. */
function judgeUnreadable(error, wanted) {
    const { digest, policy, isKept } = wanted;
    if (isOverwritten(error, wanted))
        return {
            kind: 'overwrite',
            digest,
            reason: `written without knowing what it pointed to: ${error.message}`
        };
    if (error.code !== DENIED)
        return { kind: 'refuse', error };
    const needed = isKept ? 'keep-previous cannot keep' : `if-exists: ${policy} cannot judge`;
    const message = `${needed} what cannot be read: ${error.message}`;
    const advice = `Give the login the right to pull: without it, some registries answer 403 for a tag that does not exist. Or set ` +
        `${isKept ? 'keep-previous to 0 and if-exists' : 'if-exists'} to move for this tag, which needs no reading. ${error.advice}`;
    return { kind: 'refuse', error: new errors/* PromotionError */.g1(error.code, message, { advice, cause: error }) };
}

;// CONCATENATED MODULE: ./src/promotion/facts.ts









/** Tells what has to be read for a request. */
function needsOf(request, snapshot) {
    const contested = contestedTargets(request, snapshot);
    const movable = contested.filter(({ target }) => ['move', 'forward'].includes((0,promotion_request/* policyFor */.KV)(request, target)));
    return {
        published: (0,promotion_request/* distinctRepositories */.RC)(forwardTargets(request, snapshot)
            .filter(({ target, wanted }) => givenTags(request, snapshot, { target, wanted }).some(isFullVersion))
            .map(({ target }) => target.repository)),
        kept: (0,promotion_request/* distinctImages */.PO)(movable.flatMap(({ target, image }) => rotate(image, historyOf(request, snapshot.tags, target)).map(({ digest }) => ({
            repository: target.repository,
            digest
        }))))
    };
}
/** Lists the images whose version metadata decides about a `forward` target, because published versions cannot tell; each once. */
function metadataNeeds(request, snapshot, published) {
    const undecided = forwardTargets(request, snapshot).filter(contested => byPublished(request, snapshot, { ...contested, published }) === undefined);
    return (0,promotion_request/* distinctImages */.PO)(undecided.flatMap(({ promotion, target: { repository }, wanted, present }) => [
        { repository: (0,promotion_source/* homeOf */.lt)(promotion.source), digest: wanted },
        { repository, digest: present }
    ]));
}
/** Compares by the versions that the target's repository has published; undefined where these cannot tell. */
function byPublished(request, snapshot, { target, wanted, published }) {
    const given = givenTags(request, snapshot, { target, wanted });
    if (!given.some(isFullVersion))
        return undefined;
    const tags = factOf(published, (0,oci_reference/* formatRepository */.Sh)(target.repository));
    return tags instanceof errors/* PromotionError */.g1 ? undefined : comparePublished(target.tag, given, tags);
}
/** Lists the tags that a request gives an image in the repository of a target. */
function givenTags({ promotions }, { sources }, { target, wanted }) {
    return promotions.flatMap(({ targets }, index) => {
        const source = sources[index];
        if (source?.kind !== 'found' || source.image.manifest.digest !== wanted)
            return [];
        return targets
            .filter(({ repository }) => (0,oci_reference/* isSameRepository */.ve)(repository, target.repository))
            .map(({ tag }) => tag);
    });
}
/** Lists what a target and its {@link previousTags} hold, undefined for what does not exist or cannot be read. */
function historyOf(request, tags, target) {
    return [target, ...(0,promotion_request/* previousTags */.Lf)(request, target)].map(tag => heldDigest(tags, tag));
}
/**
 * Lists for each promotion the repositories that its image has to be copied to, each once. None where the source is missing, or
 * where the request is refused whatever else is read.
 */
function destinationsOf(request, snapshot) {
    const isRefused = isSurelyRefused(request, snapshot);
    return request.promotions.map((promotion, index) => {
        const source = snapshot.sources[index];
        if (source?.kind !== 'found' || isRefused)
            return [];
        const { manifest } = source.image;
        const isKept = (target) => {
            const digest = heldDigest(snapshot.tags, target);
            return digest !== undefined && !isNamedBy(manifest, digest) && (0,promotion_request/* policyFor */.KV)(request, target) === 'skip';
        };
        const targets = promotion.targets.filter(target => !isKept(target));
        const right = targets.filter(target => heldDigest(snapshot.tags, target) === manifest.digest);
        const withImage = new Set(right.map(({ repository }) => (0,oci_reference/* formatRepository */.Sh)(repository)));
        return (0,promotion_request/* distinctRepositories */.RC)(targets.map(({ repository }) => repository))
            .filter(repository => !(0,promotion_source/* isWithin */.UO)(promotion.source, repository))
            .map(repository => ({ repository, hasImage: withImage.has((0,oci_reference/* formatRepository */.Sh)(repository)) }));
    });
}
/** Tells whether some target is refused by what its tag holds alone. */
function isSurelyRefused(request, snapshot) {
    const isUnreadable = ({ targets }) => targets.some(target => {
        const state = stateOf(snapshot.tags, target);
        const isKept = (0,promotion_request/* previousTags */.Lf)(request, target).length > 0;
        return (state.kind === 'unreadable' &&
            !isOverwritten(state.error, { policy: (0,promotion_request/* policyFor */.KV)(request, target), isKept }));
    });
    return (contestedTargets(request, snapshot).some(({ target }) => (0,promotion_request/* policyFor */.KV)(request, target) === 'fail') ||
        request.promotions.some((promotion, index) => snapshot.sources[index]?.kind === 'found' && isUnreadable(promotion)));
}
function forwardTargets(request, snapshot) {
    return contestedTargets(request, snapshot).filter(({ target }) => (0,promotion_request/* policyFor */.KV)(request, target) === 'forward');
}
function contestedTargets({ promotions }, { sources, tags }) {
    return promotions.flatMap((promotion, index) => {
        const source = sources[index];
        if (source?.kind !== 'found')
            return [];
        const { manifest } = source.image;
        return promotion.targets.flatMap(target => {
            const now = stateOf(tags, target);
            return now.kind === 'present' && !isNamedBy(manifest, now.digest)
                ? [{ promotion, target, image: manifest, wanted: manifest.digest, present: now.digest }]
                : [];
        });
    });
}
/** Gives a fact. Throws where it was not read: that is a bug. */
function factOf(facts, name) {
    if (!facts.has(name))
        throw new Error(`${name} has not been read`);
    return facts.get(name);
}
/** Gives what a repository lacks of the image of a promotion; undefined where nothing has to be copied there. */
function copyTo(facts, index, repository) {
    return facts.copies[index]?.get((0,oci_reference/* formatRepository */.Sh)(repository));
}

;// CONCATENATED MODULE: ./src/promotion/policy.ts




/** Decides what happens to a tag that is to point to an image. */
function judge(question) {
    const { now, wanted } = question;
    switch (now.kind) {
        case 'absent':
            return { kind: 'create', digest: wanted.digest };
        case 'unreadable':
            return judgeUnreadable(now.error, { ...question, digest: wanted.digest });
        case 'present':
            return isNamedBy(wanted, now.digest)
                ? { kind: 'unchanged', digest: wanted.digest }
                : judgeContested(question, now.digest);
    }
}
function judgeContested(question, previous) {
    const { policy } = question;
    const { digest: wanted } = question.wanted;
    switch (policy) {
        case 'move':
            return { kind: 'move', digest: wanted, previous };
        case 'skip':
            return { kind: 'keep', previous, reason: `kept: it already points to ${previous}` };
        case 'fail': {
            const message = `already points to ${previous}; if-exists: fail forbids moving it to ${wanted}`;
            return refuse(question, previous, {
                message,
                advice: 'Give the image another tag; or, if this tag is meant to be moved, set if-exists to move for it.'
            });
        }
        case 'forward':
            return judgeForward(question, previous);
    }
}
function judgeForward(question, previous) {
    const { compare } = question;
    const { digest: wanted } = question.wanted;
    const comparison = compare(previous);
    if (comparison instanceof errors/* PromotionError */.g1)
        return { kind: 'refuse', previous, error: comparison };
    switch (comparison.kind) {
        case 'newer':
            return { kind: 'move', digest: wanted, previous, comparison };
        case 'older': {
            const reason = `kept at ${previous}: ${wanted} is older, because ${comparison.reason}`;
            return { kind: 'keep', previous, reason, comparison };
        }
        case 'incomparable':
            return refuse(question, previous, {
                message: `points to ${previous}, and if-exists: forward cannot tell whether ${wanted} is newer: ${comparison.reason}`,
                advice: 'Label the images with org.opencontainers.image.version and .created, as docker/metadata-action does; ' +
                    'or move the tag once with if-exists: move.'
            });
    }
}
function refuse({ target }, previous, { message, advice }) {
    const error = new errors/* PromotionError */.g1('TARGET_PROTECTED', `${(0,oci_reference/* formatReference */.FH)(target)} ${message}`, { advice });
    return { kind: 'refuse', previous, error };
}

;// CONCATENATED MODULE: ./src/promotion/version-metadata.ts

// RFC 3339, as the image specification has it; JavaScript would also parse other texts as dates.
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
/** Compares the image that is wanted with the one that is there, by the table above. */
function compareMetadata(wanted, present) {
    const [mine, theirs] = [wanted, present].map(({ version }) => parseVersion(version ?? ''));
    if (mine === undefined || theirs === undefined)
        return compareCreation(wanted, present);
    if (mine.isPreRelease && !theirs.isPreRelease) {
        return byVersion('older', `${mine.text} is a pre-release, and never takes a tag from a release (${theirs.text})`);
    }
    const order = compareVersions(mine, theirs);
    if (order === 0)
        return compareCreation(wanted, present);
    return order > 0
        ? byVersion('newer', `version ${mine.text} is higher than ${theirs.text}`)
        : byVersion('older', `version ${mine.text} is lower than ${theirs.text}`);
}
function compareCreation(wanted, present) {
    const [mine, theirs] = [timeOf(wanted), timeOf(present)];
    if (Number.isNaN(mine) || Number.isNaN(theirs)) {
        return byCreation('incomparable', 'not both images state a semantic version or when they were created');
    }
    if (mine === theirs)
        return byCreation('incomparable', `both images were created at ${print(mine)}`);
    return byCreation(mine > theirs ? 'newer' : 'older', `it was created at ${print(mine)}, the other at ${print(theirs)}`);
}
/** The moment of creation, in milliseconds since 1970; NaN where it is not known. */
function timeOf({ created = '' }) {
    return TIMESTAMP.test(created) ? Date.parse(created) : NaN;
}
function print(time) {
    return new Date(time).toISOString();
}
function byVersion(kind, reason) {
    return { kind, by: 'version', reason };
}
function byCreation(kind, reason) {
    return { kind, by: 'created', reason };
}

;// CONCATENATED MODULE: ./src/promotion/warnings.ts
/** What the user should know of how a plan was decided. */


/** Lists the warnings about decisions, one sentence each. */
function warningsOf(facts, steps) {
    return [...unreadLists(facts), ...decidedByCreation(steps), ...overwritten(steps)];
}
function unreadLists({ published }) {
    return [...published].flatMap(([name, tags]) => tags instanceof errors/* PromotionError */.g1
        ? `The published versions of ${name} cannot be read, so if-exists: forward was decided without them: ${tags.message}`
        : []);
}
function decidedByCreation(steps) {
    const names = steps.flatMap(({ target, verdict }) => 'comparison' in verdict && verdict.comparison.by === 'created' ? (0,oci_reference/* formatReference */.FH)(target) : []);
    if (names.length === 0)
        return [];
    return [
        `For ${names.join(', ')}, if-exists: forward was decided by when the images were created, which says little about their ` +
            'versions. Give the image its full version (1.4.0) as a tag in the same step, or label the images with ' +
            'org.opencontainers.image.version.'
    ];
}
function overwritten(steps) {
    const blind = steps.flatMap(({ target, verdict }) => verdict.kind === 'overwrite' ? { name: (0,oci_reference/* formatReference */.FH)(target), reason: verdict.reason } : []);
    const [first] = blind;
    if (first === undefined)
        return [];
    return [
        `The registry does not tell what ${blind.map(({ name }) => name).join(', ')} pointed to, so nothing can be put back there: ${first.reason}`
    ];
}

;// CONCATENATED MODULE: ./src/promotion/plan.ts










/** Decides about every target of a request. Throws where a fact is missing: that is a bug. */
function plan(request, facts) {
    const { sources } = facts.snapshot;
    const kept = [...facts.kept.values()].filter(isManifest);
    const promoted = sources.flatMap(source => (source.kind === 'found' ? source.image.manifest : []));
    const steps = request.promotions.flatMap((promotion, index) => promotion.targets.map(target => decide(target, { request, facts, promotion, index })));
    return {
        sources,
        steps,
        copies: facts.copies.flatMap(copies => [...copies.values()]).filter(isCopy),
        manifests: new Map([...promoted, ...kept].map(manifest => [manifest.digest, manifest])),
        warnings: warningsOf(facts, steps)
    };
}
/** Lists the steps of a plan for people: after each target the tags that keep its earlier images, the newest first. */
function stepsOf({ steps }) {
    return steps.flatMap(step => chainOf(step).toReversed());
}
/** Lists the writes that belong to a target, in their order: the tags that keep its earlier images, then itself. */
function chainOf(step) {
    return [...step.before, step];
}
/** Tells whether a plan must not be carried out: one of its steps is refused. */
function isRefused(plan) {
    return stepsOf(plan).some(({ verdict }) => verdict.kind === 'refuse');
}
function decide(target, context) {
    const { request, facts, promotion, index } = context;
    const { source } = promotion;
    const state = facts.snapshot.sources[index];
    if (state === undefined)
        throw new Error(`${(0,promotion_source/* formatSource */.j2)(source)} has not been read`);
    const [previous] = historyOf(request, facts.snapshot.tags, target);
    if (state.kind === 'missing')
        return { target, source, verdict: { kind: 'skip', previous, reason: state.error.message }, before: [] };
    const wanted = state.image.manifest;
    const verdict = judge({
        target,
        wanted,
        now: stateOf(facts.snapshot.tags, target),
        policy: (0,promotion_request/* policyFor */.KV)(request, target),
        isKept: (0,promotion_request/* previousTags */.Lf)(request, target).length > 0,
        compare: present => compare(target, { wanted: wanted.digest, present }, context)
    });
    const copy = copyTo(facts, index, target.repository);
    if (copy instanceof errors/* PromotionError */.g1 && verdict.kind !== 'keep')
        return { target, source, verdict: { kind: 'refuse', error: copy }, before: [] };
    return { target, source, verdict, before: verdict.kind === 'move' ? plan_keep(target, wanted, context) : [] };
}
function compare(target, { wanted, present }, { request, facts, promotion }) {
    const { snapshot, published, metadata } = facts;
    const decided = byPublished(request, snapshot, { target, wanted, published });
    if (decided !== undefined)
        return decided;
    const mine = factOf(metadata, (0,oci_reference/* formatReference */.FH)({ repository: (0,promotion_source/* homeOf */.lt)(promotion.source), digest: wanted }));
    const theirs = factOf(metadata, (0,oci_reference/* formatReference */.FH)({ repository: target.repository, digest: present }));
    if (mine instanceof errors/* PromotionError */.g1)
        return mine;
    return theirs instanceof errors/* PromotionError */.g1 ? theirs : compareMetadata(mine, theirs);
}
/** Decides about the tags that keep the earlier images of a target which moves. */
function plan_keep(target, wanted, { request, facts, promotion: { source } }) {
    const { tags } = facts.snapshot;
    const stepFor = (tag, verdict) => {
        return { target: tag, source, verdict, keeps: target, before: [] };
    };
    const unreadable = (0,promotion_request/* previousTags */.Lf)(request, target).flatMap(tag => {
        const state = stateOf(tags, tag);
        return state.kind === 'unreadable' ? stepFor(tag, { kind: 'refuse', error: state.error }) : [];
    });
    if (unreadable.length > 0)
        return unreadable;
    const history = historyOf(request, tags, target);
    return rotate(wanted, history).map(({ number, digest }) => {
        const image = { repository: target.repository, digest };
        const kept = factOf(facts.kept, (0,oci_reference/* formatReference */.FH)(image)) ?? gone(image);
        return stepFor((0,promotion_request/* previousTag */.W8)(target, number), judgeKept(kept, history[number]));
    });
}
function judgeKept(image, previous) {
    if (image instanceof errors/* PromotionError */.g1)
        return { kind: 'refuse', ...(previous !== undefined && { previous }), error: image };
    const { digest } = image;
    return previous === undefined ? { kind: 'create', digest } : { kind: 'move', digest, previous };
}
function gone(image) {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `keep-previous cannot keep ${(0,oci_reference/* formatReference */.FH)(image)}: the registry no longer has that image`, {
        advice: 'A clean-up has deleted the image although a tag points to it. Run once with keep-previous: 0.'
    });
}
function isManifest(value) {
    return value !== undefined && !(value instanceof errors/* PromotionError */.g1);
}
function isCopy(value) {
    return !(value instanceof errors/* PromotionError */.g1);
}

;// CONCATENATED MODULE: ./src/promotion/outcome.ts


/** Reports a step's outcome if it is carried out and succeeds. */
function expectation({ target, source, verdict, keeps }) {
    return { target, source, ...(keeps && { keeps }), ...outcomeOf(verdict) };
}
function outcomeOf(verdict) {
    switch (verdict.kind) {
        case 'create':
            return { outcome: 'created', digest: verdict.digest };
        case 'move': {
            const { digest, previous, comparison } = verdict;
            return { outcome: 'moved', digest, previousDigest: previous, ...(comparison && { comparison }) };
        }
        case 'overwrite':
            return { outcome: 'moved', digest: verdict.digest, reason: verdict.reason };
        case 'unchanged':
            return { outcome: 'unchanged', digest: verdict.digest, previousDigest: verdict.digest };
        case 'keep': {
            const { previous, reason, comparison } = verdict;
            const held = { digest: previous, previousDigest: previous };
            return { outcome: 'kept', ...held, reason, ...(comparison && { comparison }) };
        }
        case 'skip':
            return { outcome: 'skipped', ...heldBy(verdict), reason: verdict.reason };
        case 'refuse':
            return refusal(verdict);
    }
}
function refusal({ previous, error }) {
    return { outcome: 'refused', ...heldBy({ previous }), reason: error.message, error };
}
/** What a tag points to that is left alone. */
function heldBy({ previous }) {
    return previous === undefined ? {} : { digest: previous, previousDigest: previous };
}
/** Reports each step's outcome if every write of the plan succeeds. A plan with a refusal writes nothing. */
function preview(plan) {
    const refused = isRefused(plan);
    return stepsOf(plan).map(step => {
        const expected = expectation(step);
        return refused && isWrite(expected)
            ? notAttempted(expected, 'not written, because another target was refused')
            : expected;
    });
}
/** Reports each step when an image could not be copied to where it is wanted: no tag is written. */
function previewUncopied(plan) {
    return preview(plan).map(expected => isWrite(expected)
        ? notAttempted(expected, 'not written, because not every image could be copied')
        : expected);
}
/** Turns the expected report of a write into that of a write which was never begun. */
function notAttempted(expected, reason) {
    return { ...holding(expected, expected.previousDigest), outcome: 'not-attempted', reason };
}
/** Turns the expected report of a write into that of a write which failed. */
function failed(expected, error, now) {
    const reason = `${error.message}; ${describe(now, expected)}`;
    return { ...holding(expected, now?.digest), outcome: 'failed', reason, error };
}
/** Turns the report of a write into that of one which was undone; a failed write stays one. */
function restored(report) {
    const { reason = 'moved', previousDigest } = report;
    const outcome = report.outcome === 'failed' ? 'failed' : 'restored';
    return {
        ...holding(report, previousDigest),
        outcome,
        reason: `${reason}, and put back, because another write failed`
    };
}
/** Turns the report of a write into that of one which could not be undone. */
function rollbackFailed(report, { error, now, isGone }) {
    const { reason = 'moved' } = report;
    const why = `could not be put back: ${error.message}; ${describe(now, report)}`;
    return {
        ...holding(report, now?.digest),
        outcome: 'failed',
        reason: `${reason}, and ${why}`,
        rollbackError: error,
        ...(isGone && { isPreviousGone: true })
    };
}
/** Adds to the report of a write that nothing can be put back. */
function irreversible(report) {
    const { reason = report.outcome } = report;
    return { ...report, reason: `${reason}; not put back, for the same reason` };
}
/** Turns the report of a write into that of a tag which another job has pointed elsewhere since; a failed write stays one. */
function superseded(report, digest, { error, also = '' } = {}) {
    const what = digest === undefined ? 'deleted it' : `pointed it to ${digest}`;
    const { reason = report.outcome } = report;
    return {
        ...holding(report, digest),
        outcome: report.outcome === 'failed' ? 'failed' : 'superseded',
        reason: `${reason}; another job has ${what} since${also}`,
        ...(error && { error })
    };
}
/** What a report says, but that the tag holds something else. */
function holding(report, digest) {
    const { digest: former, ...rest } = report;
    if (former === digest)
        return report;
    return digest === undefined ? rest : { ...rest, digest };
}
function describe(now, { previousDigest }) {
    if (now === undefined)
        return 'what the tag points to now is not known';
    if (now.digest === undefined)
        return 'the tag does not exist now';
    return now.digest === previousDigest
        ? 'the tag still points to what it did before'
        : `the tag now points to ${now.digest}`;
}

;// CONCATENATED MODULE: ./src/promote/in-parallel.ts
/** Runs work over a list with limited concurrency. */
/** The most concurrent requests, which is also the most connections to a registry. */
const in_parallel_MAXIMUM_PARALLEL = 32;
/**
 * Runs a function for each item of a list, concurrently; the results keep the list's order. After a failure nothing more is
 * started, and it is thrown once everything in progress has ended.
 */
async function inParallel(items, work) {
    const results = [];
    const failures = [];
    const queue = items.entries();
    const worker = async () => {
        for (const [index, item] of queue) {
            if (failures.length > 0)
                return;
            try {
                results[index] = await work(item);
            }
            catch (error) {
                failures.push(error);
            }
        }
    };
    await Promise.all(Array.from({ length: Math.min(in_parallel_MAXIMUM_PARALLEL, items.length) }, worker));
    if (failures.length > 0)
        throw failures[0];
    return results;
}

;// CONCATENATED MODULE: ./src/promote/copy/placements.ts

/** Lists where the blobs of missing content go. */
function placementsOf({ to }, { blobs }) {
    return blobs.map(blob => ({ from: blob.from, to, blob }));
}
/** Names a blob in a registry, whatever the repository. */
function blobInRegistry({ to, blob }) {
    return `${to.registry}@${blob.digest}`;
}
/** Names what is sent once: a blob from elsewhere to all repositories of a registry; each mount is its own transfer. */
function transferOf(placement) {
    return (0,oci_reference/* canMount */.an)(placement) ? nameOf(placement) : blobInRegistry(placement);
}
/** Counts the bytes to be sent for placements of one blob: it is sent once; a mount sends nothing. */
function bytesOf([placement]) {
    return placement === undefined || (0,oci_reference/* canMount */.an)(placement) ? 0 : placement.blob.size;
}
/** Names a blob in a repository. */
function nameOf({ to, blob }) {
    return `${(0,oci_reference/* formatRepository */.Sh)(to)}@${blob.digest}`;
}
/** Groups items by key, in the order of each group's first item. */
function groupsBy(items, keyOf) {
    const groups = new Map();
    for (const item of items)
        groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
    return [...groups.values()];
}

;// CONCATENATED MODULE: ./src/promote/copy/skippable.ts
/** Tells which errors with an attachment end a promotion, and which only skip the attachment. */

// Errors that another run would get again. A broken connection is not one of them.
const permanent = [
    'UNAUTHORIZED',
    'DENIED',
    'REGISTRY_REJECTED',
    'MANIFEST_UNSUPPORTED',
    'SOURCE_NOT_FOUND'
];
/** Tells whether an error means that an attachment is to be skipped: the registry lacks the right or the feature for it. */
function isSkippable(error) {
    return error instanceof errors/* PromotionError */.g1 && permanent.includes(error.code);
}
/** Reads something; gives `denied` where the registry denies it. Some answer 403 for what does not exist (Artifactory). */
async function orDenied(read, denied) {
    try {
        return await read();
    }
    catch (error) {
        if (error instanceof errors/* PromotionError */.g1 && error.code === 'DENIED')
            return denied;
        throw error;
    }
}

;// CONCATENATED MODULE: ./src/promote/copy/transfers.ts
/** Runs transfers of blobs. Small ones wait for round trips, so many run at once; large ones fill the line, so few do. */


/** The most transfers at once between two registries: each takes a connection to both. Within one registry, half as many. */
const MAXIMUM_TRANSFERS = (/* unused pure expression or super */ null && (MAXIMUM_PARALLEL));
/** So many transfers run at once whatever their sizes. */
const UNSIZED_TRANSFERS = 4;
/** The most bytes that more transfers than {@link UNSIZED_TRANSFERS} have together. */
const MAXIMUM_TRANSFER_BYTES = 32 * 1024 * 1024;
/**
 * Runs transfers, the largest first, since it takes the longest. After a failure nothing more is begun; it is thrown when all that
 * was under way has ended.
 */
async function transferEach(transfers, carryOut) {
    const underWay = new UnderWay();
    const failures = [];
    for (const transfer of transfers.toSorted((a, b) => bytesOf(b) - bytesOf(a))) {
        while (!underWay.hasRoomFor(transfer))
            await underWay.next();
        if (failures.length > 0)
            break;
        underWay.add(transfer, carryOut(transfer).catch((error) => failures.push(error)));
    }
    await underWay.end();
    if (failures.length > 0)
        throw failures[0];
}
/** Transfers that are under way, with what they take. */
class UnderWay {
    #ends = new Set();
    #connections = new Map();
    #bytes = 0;
    /** A transfer that waited for a connection, while others kept theirs to read from, could wait for ever. */
    hasRoomFor(transfer) {
        const isSmall = this.#bytes + bytesOf(transfer) <= MAXIMUM_TRANSFER_BYTES;
        const hosts = registriesOf(transfer);
        return ((isSmall || this.#ends.size < UNSIZED_TRANSFERS) &&
            hosts.every(host => this.#at(host) + hosts.filter(other => other === host).length <= in_parallel_MAXIMUM_PARALLEL));
    }
    add(transfer, ended) {
        this.#take(transfer, 1);
        const end = ended.then(() => {
            this.#take(transfer, -1);
            this.#ends.delete(end);
        });
        this.#ends.add(end);
    }
    /** Resolves when one more has ended. */
    async next() {
        await Promise.race(this.#ends);
    }
    /** Resolves when all have ended. */
    async end() {
        await Promise.all(this.#ends);
    }
    #take(transfer, sign) {
        this.#bytes += sign * bytesOf(transfer);
        for (const host of registriesOf(transfer))
            this.#connections.set(host, this.#at(host) + sign);
    }
    #at(host) {
        return this.#connections.get(host) ?? 0;
    }
}
/** Lists the registries that a transfer is connected to: twice the same within one. */
function registriesOf(transfer) {
    return transfer.slice(0, 1).flatMap(({ from, to }) => [from.registry, to.registry]);
}

;// CONCATENATED MODULE: ./src/oci/descriptor.ts
/**
 * Descriptors: how a manifest points to its parts (OCI image specification, descriptor.md). They are checked before
 * they are used: a digest becomes part of a URL (CVE-2024-3727), a size decides how much is read.
 */






/**
 * Lists the parts of a manifest, each once. An index may list blobs too (BuildKit's caches do); foreign layers are left
 * out, for they are not in the registry. Throws `MANIFEST_UNSUPPORTED` for a descriptor that cannot be one.
 */
function partsOf({ content, kind }) {
    if (kind === 'index') {
        const listed = descriptorsIn(content, 'manifests');
        const isManifest = ({ mediaType }) => kindOfManifest(mediaType) !== undefined;
        return {
            manifests: distinct(listed.filter(isManifest).map(requireReadable)),
            blobs: distinct(listed.filter(part => !isManifest(part)))
        };
    }
    const config = content.config === undefined ? [] : [readDescriptor(content.config)];
    const layers = ['layers', 'blobs'].flatMap(field => descriptorsIn(content, field));
    return {
        manifests: [],
        blobs: distinct([...config, ...layers.filter(layer => !isForeign(layer.mediaType))])
    };
}
/**
 * Tells whether a blob is a JSON document (RFC 6839, section 3.1): a config, a statement, a signature. Unlike layers, these are made for one
 * manifest.
 */
function isDocument({ mediaType }) {
    return mediaType.endsWith('+json');
}
/** Reads what a manifest refers to, as signatures and SBOMs do; undefined when it refers to nothing. */
function subjectOf({ content }) {
    return content.subject === undefined ? undefined : readDescriptor(content.subject);
}
/** Reads the descriptors that some JSON has in one of its fields; throws `MANIFEST_UNSUPPORTED` for what has none. */
function parseDescriptors(bytes, field) {
    let content;
    try {
        content = (0,oci_json/* parseJson */.qF)(bytes);
    }
    catch {
        throw malformed('it is no JSON');
    }
    return descriptorsIn((content ?? {}), field);
}
function descriptorsIn(content, field) {
    const listed = content[field] ?? [];
    if (!Array.isArray(listed))
        throw malformed(`its ${field} are no list`);
    return listed.map(readDescriptor);
}
function readDescriptor(value) {
    const { mediaType, digest, size } = (value ?? {});
    if (typeof digest !== 'string' || !(0,oci_digest/* isDigest */.Bc)(digest))
        throw malformed(`it points to ${typeof digest === 'string' ? `"${(0,printable/* printable */.g)(digest)}"` : 'something'}, which is not a digest`);
    if (typeof mediaType !== 'string')
        throw malformed(`it does not say of what media type ${digest} is`);
    if (isSchema1(mediaType))
        throw malformed(`${digest} in it is a schema-1 manifest`);
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
        throw malformed(`it does not say how large ${digest} is`);
    return { mediaType: mediaType.toLowerCase(), digest, size };
}
function requireReadable(manifest) {
    if (manifest.size <= MAXIMUM_MANIFEST_BYTES)
        return manifest;
    throw malformed(`the manifest ${manifest.digest} in it is larger than 4 MiB, the most that registries agree on`);
}
function distinct(descriptors) {
    return [...new Map(descriptors.map(descriptor => [descriptor.digest, descriptor])).values()];
}
function malformed(why) {
    return new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', `the manifest is malformed: ${why}`, {
        advice: 'Push the image again with a current builder; what made this manifest does not keep to the image specification.'
    });
}

;// CONCATENATED MODULE: ./src/promote/copy/walk.ts





/** How deep indexes may be nested. */
const MAXIMUM_DEPTH = 4;
/** The most manifests of one image. */
const MAXIMUM_MANIFESTS = 1000;
/**
 * Reads every manifest below one, level by level; of an index, only the images that are needed: all, unless told otherwise. Throws
 * `SOURCE_NOT_FOUND` where one is missing, `MANIFEST_UNSUPPORTED` for more than four levels of indexes or a thousand manifests.
 */
async function walkImage(root, place, isNeeded = () => Promise.resolve(true)) {
    const known = new Map([[root.digest, root]]);
    const listed = new Set([root.digest]);
    const read = async (child) => kindOfManifest(child.mediaType) === 'image' && !(await isNeeded(child))
        ? []
        : [await readChild(child, place)];
    let level = [root];
    for (let depth = 1; level.some(({ kind }) => kind === 'index'); depth++) {
        if (depth > MAXIMUM_DEPTH)
            throw tooMuch(`its indexes are nested more than ${MAXIMUM_DEPTH.toString()} levels deep`);
        const children = level.flatMap(manifest => partsOf(manifest).manifests);
        const fresh = new Map(children.filter(({ digest }) => !listed.has(digest)).map(child => [child.digest, child]));
        for (const digest of fresh.keys())
            listed.add(digest);
        if (listed.size > MAXIMUM_MANIFESTS)
            throw tooMuch(`it holds more than ${MAXIMUM_MANIFESTS.toString()} manifests`);
        level = (await inParallel([...fresh.values()], read)).flat();
        for (const manifest of level)
            known.set(manifest.digest, manifest);
    }
    const manifests = inOrder(root, known);
    const blobs = new Map(manifests
        .flatMap(manifest => partsOf(manifest).blobs)
        .map(blob => [blob.digest, { ...blob, from: place.from }]));
    return { root, manifests, blobs: [...blobs.values()] };
}
/** Lists manifests and the children that they list, read or not. */
function digestsIn(manifests) {
    return new Set(manifests.flatMap(manifest => [manifest, ...partsOf(manifest).manifests]).map(({ digest }) => digest));
}
/** Lists the blobs that manifests list. */
function blobDigestsIn(manifests) {
    return new Set(manifests.flatMap(manifest => partsOf(manifest).blobs).map(({ digest }) => digest));
}
/** Joins the graphs of an index's parts below the index; what of the parts it does not list is left out. */
function joinGraphs(root, parts) {
    const known = new Map(parts.flatMap(part => part.manifests).map(manifest => [manifest.digest, manifest]));
    const manifests = inOrder(root, known.set(root.digest, root));
    const needed = blobDigestsIn(manifests);
    const blobs = new Map();
    for (const blob of parts.flatMap(part => part.blobs))
        if (needed.has(blob.digest) && !blobs.has(blob.digest))
            blobs.set(blob.digest, blob);
    return { root, manifests, blobs: [...blobs.values()] };
}
/** Sorts manifests so that each comes after all that it points to. */
function inOrder(root, known) {
    const ordered = new Set();
    const visited = new Set();
    const visit = (manifest) => {
        if (manifest === undefined || visited.has(manifest.digest))
            return;
        visited.add(manifest.digest);
        for (const { digest } of partsOf(manifest).manifests)
            visit(known.get(digest));
        ordered.add(manifest);
    };
    visit(root);
    return [...ordered];
}
async function readChild({ digest }, { registry, from }) {
    const reference = { repository: from, digest };
    const manifest = await registry.getManifest(reference).catch((error) => {
        throw (0,errors/* during */.iW)(`reading ${(0,oci_reference/* formatReference */.FH)(reference)}`, error);
    });
    if (manifest !== undefined)
        return manifest;
    throw new errors/* PromotionError */.g1('SOURCE_NOT_FOUND', `the image's index lists ${(0,oci_reference/* formatReference */.FH)(reference)}, which the registry does not have`, { advice: 'The image is incomplete in its own repository. Push it again with all of its platforms.' });
}
function tooMuch(why) {
    return new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', `the image cannot be copied: ${why}`, {
        advice: 'No builder makes images near this limit. Check what was pushed.'
    });
}

;// CONCATENATED MODULE: ./src/promote/copy/copy.ts
/**
 * Copies what repositories are missing, so that no manifest ever lacks its content:
 *
 *     all copies      blobs, the largest first → manifests, children before their parents
 *     each copy then  attachments, blobs before manifests, in the order found
 *
 * A failure with an image ends all copying: nothing is tagged before everything is in place. An attachment that cannot be copied
 * is skipped, with a warning.
 */








/** Makes copies. A `PromotionError` is returned in the result, not thrown. */
async function copyGraphs(copies, registry, progress) {
    const copying = new Copying(registry, progress);
    if (copies.length > 0)
        progress(begun(copies));
    await copying.images(copies);
    for (const copy of copies)
        if (copying.failure === undefined)
            await copying.attachments(copy);
    const { moved, failure, warnings } = copying;
    const present = copies.map(copy => ({ present: copy.present }));
    return {
        copied: sumCopied([...moved, ...present]),
        ...(failure && { failure }),
        warnings: [...copies.flatMap(copy => copy.warnings), ...warnings]
    };
}
/** Copies under way: what they have moved, and what went wrong. */
class Copying {
    moved = [];
    warnings = [];
    failure;
    #registry;
    #progress;
    /** The names of the blobs that have been placed. */
    #placed = new Set();
    /** A repository of each registry that has a blob now, by {@link blobInRegistry}. */
    #holders = new Map();
    #placing = Promise.resolve();
    constructor(registry, progress) {
        this.#registry = registry;
        this.#progress = progress;
    }
    /** Copies the images of all copies: blobs, then manifests. */
    async images(copies) {
        try {
            const placements = copies.flatMap(copy => placementsOf(copy, copy.image));
            await transferEach(groupsBy(placements, transferOf), group => this.#placeEach(group));
            await inParallel(copies, copy => this.#noting(copy, () => this.#putImage(copy)));
        }
        catch (error) {
            if (this.failure === undefined)
                throw error;
        }
    }
    /** Copies an image's attachments, one subject after the other. */
    async attachments(copy) {
        for (const group of groupsOf(copy.attachments)) {
            try {
                const blobs = group.flatMap(missing => placementsOf(copy, missing));
                await this.#placeAlone(blobs);
                await this.#write(copy.to, group, again => this.#attach(copy.to, again));
                this.moved.push({ referrers: group.length });
            }
            catch (error) {
                if (isSkippable(error))
                    this.warnings.push(skipped(copy.to, group, error));
                else {
                    this.#note(copy, error);
                    return;
                }
            }
        }
    }
    /** Puts one blob into several repositories of a registry: after the first, it can be mounted. */
    async #placeEach(placements) {
        for (const placement of placements)
            await this.#noting(placement, () => this.#place(placement));
    }
    /** Puts blobs into one repository each. */
    async #placeAlone(placements) {
        const transfers = placements.map(placement => [placement]);
        await transferEach(transfers, async ([placement]) => placement && this.#place(placement));
    }
    async #place(placement) {
        const near = (0,oci_reference/* canMount */.an)(placement) ? undefined : this.#holders.get(blobInRegistry(placement));
        const from = near !== undefined && (0,oci_reference/* canMount */.an)({ from: near, to: placement.to }) ? near : placement.from;
        const how = await this.#registry.placeBlob({ ...placement, from }, count => {
            this.#progress({ kind: 'bytes', count });
        });
        if (how !== 'present')
            this.#placed.add(nameOf(placement));
        this.#holders.set(blobInRegistry(placement), placement.to);
        this.moved.push(how === 'copied' ? { blobs: 1, bytes: placement.blob.size } : { [how]: 1 });
        this.#progress({ kind: 'placed', placement, how });
    }
    async #putImage({ to, image }) {
        await this.#write(to, [image], async ([content]) => this.#put(to, content?.manifests ?? []));
    }
    /**
     * Writes the manifests of some content. Where the registry refuses that, the content is written once more, with the parts that
     * the registry said it has. Quirks: a child that is there can be unknown to its parent until it is pushed again, after an
     * interrupted copy (oras-project/oras-go#1212); a HEAD can say 200 for a blob that is gone.
     */
    async #write(to, content, write) {
        try {
            await write(content);
        }
        catch (error) {
            if (!(error instanceof errors/* PromotionError */.g1) || error.code !== 'REGISTRY_REJECTED')
                throw error;
            const blobs = error.isContentMissing ? this.#trustedBlobs(to, content) : [];
            const isPartial = content.some(({ manifests, graph }) => manifests.length < graph.manifests.length);
            if (blobs.length === 0 && !isPartial)
                throw error;
            await this.#placeTrusted(blobs, content);
            await write(content.map(part => ({ ...part, manifests: part.graph.manifests })));
        }
    }
    /** Places blobs that the registry wrongly said it has, after those that are being placed for another copy. */
    async #placeTrusted(blobs, content) {
        const placing = this.#placing.then(() => this.#placeAlone(blobs.map(placement => ({ ...placement, isMissing: true }))));
        this.#placing = placing.catch(() => undefined);
        await placing;
        const counted = blobDigestsIn(content.flatMap(({ manifests }) => manifests));
        this.moved.push({ present: -blobs.filter(({ blob }) => counted.has(blob.digest)).length });
    }
    /** Lists the blobs that were not sent, because the registry said that it has them. */
    #trustedBlobs(to, content) {
        const blobs = new Map(content.flatMap(({ graph }) => graph.blobs).map(blob => [blob.digest, blob]));
        return placementsOf({ to }, { blobs: [...blobs.values()] }).filter(placement => !this.#placed.has(nameOf(placement)));
    }
    /** Uploads manifests by digest: images in any order, then indexes, each after those that it lists. */
    async #put(repository, manifests) {
        const upload = async (manifest) => {
            await this.#registry.putManifest({ repository, digest: manifest.digest }, manifest);
            this.moved.push({ manifests: 1 });
        };
        await inParallel(manifests.filter(({ kind }) => kind === 'image'), upload);
        for (const index of manifests.filter(({ kind }) => kind === 'index'))
            await upload(index);
    }
    async #attach(repository, group) {
        const [first] = group;
        if (first === undefined)
            return;
        const roots = group.map(({ graph }) => graph.root);
        await this.#put(repository, group.flatMap(({ manifests }) => manifests.filter(manifest => !roots.includes(manifest))));
        const { subject, tag } = first.attachment;
        if (tag === undefined)
            await this.#registry.attachReferrers(repository, subject, roots);
        else
            await this.#registry.putManifest({ repository, tag }, first.graph.root);
        this.moved.push({ manifests: roots.length });
    }
    async #noting(copy, work) {
        try {
            await work();
        }
        catch (error) {
            this.#note(copy, error);
            throw error;
        }
    }
    #note({ to }, error) {
        const explained = (0,errors/* during */.iW)(`copying to ${(0,oci_reference/* formatRepository */.Sh)(to)}`, error);
        if (!(explained instanceof errors/* PromotionError */.g1))
            throw explained;
        this.failure ??= { to, error: explained };
    }
}
function begun(copies) {
    const { blobs, mounted } = expectCopied(copies);
    const all = copies.flatMap(missingContentOf).flatMap(missing => missing.blobs);
    return { kind: 'begun', blobs: blobs + mounted, bytes: all.reduce((sum, { size }) => sum + size, 0) };
}
/** Groups referrers by subject, whose list is written once; each tag is a group of its own. */
function groupsOf(attachments) {
    return groupsBy(attachments, ({ attachment: { tag, subject } }) => tag ?? subject);
}
function skipped(to, group, error) {
    const names = group.map(({ attachment: { tag }, graph }) => tag ?? graph.root.digest);
    return `${names.join(', ')} could not be copied to ${(0,oci_reference/* formatRepository */.Sh)(to)}: ${error.message}`;
}

;// CONCATENATED MODULE: ./src/oci/referrers.ts
/**
 * What is attached to an image from outside: referrers, and the tags used instead of them.
 *
 *     sha256-<hex>                      the list of referrers where a registry keeps none itself (distribution
 *                                       specification, "Referrers Tag Schema")
 *     sha256-<hex>.sig .att .sbom       cosign's signatures, attestations and SBOMs of before referrers
 *
 * Lists of referrers, and indexes made of several images (make-index.ts), are the only manifests that Retag writes itself.
 */







const MAXIMUM_HEX = 64;
/**
 * Reads an answer of the referrers API that does not have the media type of an index: undefined where it is no list. Quirk:
 * Harbor 2.8 and 2.9 send their lists as `application/json`.
 */
function readUntypedReferrers(bytes) {
    try {
        const { mediaType = OCI_INDEX, manifests } = (0,oci_json/* parseJson */.qF)(bytes);
        return mediaType === OCI_INDEX && Array.isArray(manifests) ? readReferrers(bytes) : undefined;
    }
    catch (error) {
        if (error instanceof errors/* PromotionError */.g1)
            throw error;
        return undefined;
    }
}
/** Names the tag under which a list of referrers is kept where the registry has no referrers API. */
function referrersTag(subject) {
    return (0,oci_reference/* parseTag */.ED)(subject.slice(0, subject.indexOf(':') + 1 + MAXIMUM_HEX).replace(':', '-'));
}
/** Names the tags that cosign gives to what it attaches; none for sha512, whose tags would be too long. */
function cosignTags(subject) {
    if (!subject.startsWith('sha256:'))
        return [];
    return ['.sig', '.att', '.sbom'].map(suffix => (0,oci_reference/* parseTag */.ED)(subject.replace(':', '-') + suffix));
}
/**
 * Tells whether one manifest under a cosign tag can replace another without loss: it has all the other's layers, with
 * the same annotations, for cosign keeps each signature in one of those. False where the other is an index or has no layers.
 */
function hasLayersOf(manifest, other) {
    const layers = layersOf(manifest);
    const others = layersOf(other);
    return others.size > 0 && [...others].every(layer => layers.has(layer));
}
/** Lists a manifest's layers as JSON, the same for the same descriptor in whatever order its fields are; none of an index. */
function layersOf({ bytes }) {
    const { layers } = (0,oci_json/* parseJson */.qF)(bytes);
    return new Set((Array.isArray(layers) ? layers : []).map(layer => JSON.stringify(layer, sortFields)));
}
function sortFields(_name, value) {
    return (0,oci_json/* isObject */.Gv)(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value;
}
/**
 * Reads the answer of the referrers API: what refers to the subject that was asked about. Throws `MANIFEST_UNSUPPORTED` for
 * what is no list of descriptors. Quirk: where nothing refers to it, some registries say `null` for the empty list.
 */
function readReferrers(bytes) {
    return parseDescriptors(bytes, 'manifests').filter(({ mediaType }) => kindOfManifest(mediaType) !== undefined);
}
/**
 * Tells whether the manifest under a subject's tag is a list of referrers. It is none when it is the subject itself (GitLab
 * reads the tag as the digest), or an index of images, which `cosign copy` leaves there: these have platforms.
 */
function isReferrersList({ mediaType, bytes, content }, subject) {
    if (mediaType !== OCI_INDEX || isDigestOf(bytes, subject))
        return false;
    return content.manifests.every(entry => !(0,oci_json/* isObject */.Gv)(entry) || entry.platform === undefined);
}
/**
 * Adds referrers to the list of a subject, which keeps all that it holds; undefined where it lists them all already.
 * Throws `REGISTRY_REJECTED` for what is no list, or would become too large.
 */
function addReferrers(subject, list, referrers) {
    if (list !== undefined && !isReferrersList(list, subject))
        throw unlistable('the tag for its list holds an image, which is left alone');
    const listed = new Set(list === undefined ? [] : partsOf(list).manifests.map(({ digest }) => digest));
    const added = referrers.filter(({ digest }) => !listed.has(digest));
    if (added.length === 0)
        return undefined;
    const bytes = withEntries(list?.bytes, added.map(entryOf));
    if (bytes.length > MAXIMUM_MANIFEST_BYTES)
        throw unlistable('its list has no more room');
    return readManifest({ bytes, contentType: OCI_INDEX });
}
function withEntries(list, added) {
    const content = list === undefined ? {} : (0,oci_json/* parseJson */.qF)(list);
    const { schemaVersion = 2, mediaType = OCI_INDEX, manifests = [], ...rest } = content;
    const entries = [...manifests, ...added];
    return new TextEncoder().encode(JSON.stringify({ schemaVersion, mediaType, manifests: entries, ...rest }));
}
function entryOf({ mediaType, digest, bytes }) {
    const { annotations, config, ...content } = (0,oci_json/* parseJson */.qF)(bytes);
    const artifactType = content.artifactType ?? config?.mediaType;
    return {
        mediaType,
        digest,
        size: bytes.length,
        ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
        ...(annotations !== undefined && { annotations })
    };
}
function unlistable(why) {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `the registry keeps no list of referrers itself, and ${why}`, {
        advice: 'Use a registry with the referrers API. Do not delete the tag: it may be all that keeps the image.'
    });
}

;// CONCATENATED MODULE: ./src/promote/copy/diff.ts







/**
 * Compares an image with what a repository has. It is asked for every manifest, because the children of an index can be deleted one by
 * one; about each part once, and while the rest is being read.
 *
 * It is not asked for what is as good as known: the image that one of its tags points to; of a manifest that is missing, the config and other
 * documents, and what BuildKit attests of it, for these are made for that manifest alone. Nor for a blob that can be mounted: that takes
 * one request whether it is there or not.
 */
class Comparison {
    to;
    #root;
    #registry;
    #warnings = [];
    /** How many blobs of missing manifests are there. */
    #present = 0;
    #asked = new Set();
    #looks = new Map();
    constructor(root, { repository, hasImage }, registry) {
        this.to = repository;
        this.#root = root;
        this.#registry = registry;
        if (hasImage)
            this.#looks.set(root.digest, Promise.resolve(root.digest));
    }
    /** Tells whether the repository lacks a manifest; true also where that cannot be told: then {@link compare} throws why. */
    lacks(digest) {
        return this.#find(digest).then(found => found === undefined, () => true);
    }
    /** Finds what the repository is missing. The blobs of manifests that it has are taken to be there. */
    async compare(content) {
        this.#lookAhead();
        const image = await this.#missingOf(await content.image);
        const isNew = new Set(image.manifests.map(({ digest }) => digest));
        const found = await content.attached;
        const attachments = [];
        for (const attachment of await this.#unattached(found.attachments, isNew))
            attachments.push({ attachment, ...(await this.#missingOf(attachment.graph)) });
        return {
            to: this.to,
            image,
            attachments,
            present: this.#present,
            warnings: [...found.warnings, ...this.#warnings]
        };
    }
    /** Asks for the image and its children while these are being read; what goes wrong is thrown when the answer is needed. */
    #lookAhead() {
        const attestations = attestationsIn(this.#root);
        for (const { digest } of [this.#root, ...partsOf(this.#root).manifests])
            if (!attestations.has(digest))
                this.#find(digest).catch(ignore);
    }
    /** Finds what is missing of a graph and was not found missing before. */
    async #missingOf(graph) {
        const manifests = await this.#missingManifests(graph);
        const parts = blobDigestsIn(manifests);
        const needed = graph.blobs.filter(blob => parts.has(blob.digest) && this.#isFresh(blob));
        const has = await inParallel(needed, blob => this.#has(blob));
        const blobs = needed.filter((_, index) => has[index] === false);
        this.#present += needed.length - blobs.length;
        return { graph, manifests, blobs };
    }
    /** Leaves out what is attached already. Nothing is attached to a manifest that is itself new. */
    async #unattached(attachments, isNew) {
        const subjects = new Set(attachments
            .filter(({ tag, subject }) => tag === undefined && !isNew.has(subject))
            .map(({ subject }) => subject));
        const lists = await inParallel([...subjects], async (subject) => [subject, await this.#listed(subject)]);
        const listed = new Map(lists);
        const verdicts = await inParallel(attachments, attachment => attachment.tag === undefined
            ? Promise.resolve(listed.get(attachment.subject)?.has(attachment.graph.root.digest) ?? false)
            : this.#isTagged(attachment, isNew));
        return attachments.filter((_, index) => verdicts[index] === false);
    }
    async #missingManifests({ manifests }) {
        const fresh = manifests.filter(manifest => this.#isFresh(manifest));
        const about = new Map(manifests.flatMap(manifest => [...attestationsIn(manifest)]));
        const missing = new Set();
        const ask = async (asked) => {
            const unknown = asked.filter(({ digest }) => !missing.has(about.get(digest)));
            const found = await inParallel(unknown, ({ digest }) => this.#find(digest));
            const present = new Set(unknown.filter((_, index) => found[index] !== undefined));
            for (const manifest of asked)
                if (!present.has(manifest))
                    missing.add(manifest.digest);
        };
        await ask(fresh.filter(({ digest }) => !about.has(digest)));
        await ask(fresh.filter(({ digest }) => about.has(digest)));
        return fresh.filter(({ digest }) => missing.has(digest));
    }
    #has(blob) {
        const isAsked = !(0,oci_reference/* canMount */.an)({ from: blob.from, to: this.to }) && !isDocument(blob);
        return isAsked ? this.#registry.hasBlob(this.to, blob.digest) : Promise.resolve(false);
    }
    /** Quirk: Artifactory answers 403 for absent manifests; uploading tells which it is. */
    #find(digest) {
        const look = this.#looks.get(digest) ??
            orDenied(() => this.#registry.headManifest({ repository: this.to, digest }), undefined);
        this.#looks.set(digest, look);
        return look;
    }
    /** Lists what refers to a manifest here; where that cannot be read, writing will tell why. */
    async #listed(subject) {
        try {
            const listed = await this.#registry.listReferrers(this.to, subject);
            return new Set(listed.map(({ digest }) => digest));
        }
        catch (error) {
            if (isSkippable(error))
                return new Set();
            throw error;
        }
    }
    /** Tells whether a cosign tag needs no write: it holds this already, or signatures of its own, which must not be lost. */
    async #isTagged({ tag, subject, graph }, isNew) {
        const reference = { repository: this.to, ...(tag && { tag }) };
        const now = await orDenied(() => this.#registry.getManifest(reference), 'denied');
        // To a manifest that is itself new, nobody has signed anything here.
        if (now === undefined || (now === 'denied' && isNew.has(subject)))
            return false;
        if (now === 'denied') {
            this.#warnings.push(`${(0,oci_reference/* formatReference */.FH)(reference)} cannot be read; it was left as it is`);
            return true;
        }
        if (now.digest === graph.root.digest)
            return true;
        if (hasLayersOf(graph.root, now))
            return false;
        this.#warnings.push(`${(0,oci_reference/* formatReference */.FH)(reference)} holds signatures that the source does not have; it was left as it is`);
        return true;
    }
    #isFresh({ digest }) {
        if (this.#asked.has(digest))
            return false;
        this.#asked.add(digest);
        return true;
    }
}
function ignore() {
    // Thrown again when the answer is needed.
}

;// CONCATENATED MODULE: ./src/promote/copy/attachments.ts








/** How many levels of referrers of referrers are read. */
const MAXIMUM_GENERATIONS = 4;
/** The most attachments of one image. */
const MAXIMUM_ATTACHMENTS = 1000;
/**
 * Finds what is attached to the manifests of an image and their children, and to those attachments, up to four levels deep. Nothing is
 * looked for that refers to BuildKit's attestations: they lie in the image. `isContent` tells what of these is promoted; all is by default.
 */
async function findAttachments(image, place, isContent = () => true) {
    const search = new Search(place);
    const attestations = new Set(image.flatMap(manifest => [...attestationsIn(manifest).keys()]));
    const subjects = [...digestsIn(image)].filter(digest => isContent(digest) && !attestations.has(digest));
    const [tagged, referring] = [search.tagged(subjects), search.generations(subjects)];
    // Both end before the run does, whatever becomes of the other.
    await Promise.allSettled([tagged, referring]);
    const own = ownReferrers(image.filter(({ digest }) => isContent(digest)));
    const attachments = [...(await tagged), ...own, ...(await referring)];
    return { attachments, warnings: search.warnings };
}
/** What lies in the image itself and yet refers to something: an artifact that is promoted, BuildKit's attestations. */
function ownReferrers(manifests) {
    return manifests.flatMap(root => {
        const subject = subjectOf(root)?.digest;
        return subject === undefined ? [] : [{ subject, graph: { root, manifests: [root], blobs: [] } }];
    });
}
/** One search: it remembers what it has seen and what it could not read. */
class Search {
    warnings = [];
    #place;
    #seen = new Set();
    constructor(place) {
        this.#place = place;
    }
    /** Finds what cosign's tags attach to some manifests. */
    async tagged(subjects) {
        const named = subjects.flatMap(subject => cosignTags(subject).map(tag => ({ subject, tag })));
        const found = await inParallel(named, ({ subject, tag }) => this.#attempt((0,oci_reference/* formatReference */.FH)({ repository: this.#place.from, tag }), () => this.#readTagged(subject, tag)));
        return found.filter(attachment => attachment !== undefined);
    }
    /** Finds what refers to some manifests, to that again, and so on. */
    async generations(first) {
        const all = [];
        let subjects = first;
        for (let generation = 1; generation <= MAXIMUM_GENERATIONS && subjects.length > 0; generation++) {
            const found = await this.#referring(subjects);
            all.push(...found);
            subjects = found.flatMap(({ graph }) => graph.manifests.map(({ digest }) => digest));
        }
        return all;
    }
    /** Finds what refers to some manifests and was not found before. */
    async #referring(subjects) {
        const { registry, from } = this.#place;
        const lists = await inParallel(subjects, subject => this.#attempt(`what refers to ${subject}`, async () => {
            const listed = await registry.listReferrers(from, subject);
            return listed.map(({ digest }) => ({ subject, digest })).filter(referrer => this.#isNew(referrer));
        }));
        const found = await inParallel(lists.flatMap(list => list ?? []), ({ subject, digest }) => this.#attempt(`${digest}, which refers to ${subject},`, () => this.#readReferrer(subject, digest)));
        return found.filter(attachment => attachment !== undefined);
    }
    #isNew({ subject, digest }) {
        const name = `${subject} ${digest}`;
        if (this.#seen.has(name))
            return false;
        if (this.#seen.size >= MAXIMUM_ATTACHMENTS) {
            throw new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', `more than ${MAXIMUM_ATTACHMENTS.toString()} signatures and the like are attached to the image`);
        }
        this.#seen.add(name);
        return true;
    }
    // HEAD first: most images have none of these tags, and Docker Hub counts a GET as a pull. What is denied in a repository that can
    // be read is not there.
    async #readTagged(subject, tag) {
        const { registry, from } = this.#place;
        const digest = await orDenied(() => registry.headManifest({ repository: from, tag }), undefined);
        const root = digest && (await registry.getManifest({ repository: from, digest }));
        return root && { subject, tag, graph: await walkImage(root, this.#place) };
    }
    async #readReferrer(subject, digest) {
        const root = await this.#place.registry.getManifest({ repository: this.#place.from, digest });
        // A list may name what was deleted since, or (in a tag that anybody may write) what refers to something else.
        if (root === undefined || subjectOf(root)?.digest !== subject)
            return undefined;
        return { subject, graph: await walkImage(root, this.#place) };
    }
    async #attempt(what, work) {
        try {
            return await work();
        }
        catch (error) {
            if (!isSkippable(error))
                throw error;
            this.warnings.push(`${what} was skipped: ${error.message}`);
            return undefined;
        }
    }
}

;// CONCATENATED MODULE: ./src/promote/or-error.ts
/** Errors as values, for reads: one may concern a single target. */

/** Does some work; returns a `PromotionError` that it throws, with what was being done before its message. */
async function orError(doing, work) {
    try {
        return await work();
    }
    catch (error) {
        const explained = (0,errors/* during */.iW)(doing, error);
        if (explained instanceof errors/* PromotionError */.g1)
            return explained;
        throw explained;
    }
}

;// CONCATENATED MODULE: ./src/promote/copy/inspect.ts








/**
 * Finds what each repository is missing of an image, by the repository's full name; an error where that cannot be
 * determined. Throws `PromotionError` where the image cannot be read.
 */
async function findMissingContent(source, destinations, options) {
    const comparisons = destinations.map(to => new Comparison(source.manifest, to, options.registry));
    const isEverywhere = destinations.every(({ hasImage }) => hasImage);
    const isNeeded = async ({ digest }) => !isEverywhere || (await inParallel(comparisons, comparison => comparison.lacks(digest))).includes(true);
    const content = readContent(source, { ...options, isNeeded });
    const copies = inParallel(comparisons, async (comparison) => {
        const name = (0,oci_reference/* formatRepository */.Sh)(comparison.to);
        return [name, await orError(`checking what ${name} has`, () => comparison.compare(content))];
    });
    // All end before the run does, whatever becomes of the others.
    await Promise.allSettled([content.image, content.attached, copies]);
    await content.image;
    await content.attached;
    return new Map(await copies);
}
/** Reads an image with everything below it, and what is attached to that. */
function readContent(source, options) {
    const graphs = inParallel(source.parts, part => ofPart(part, () => walkImage(part.manifest, placeOf(part, options), options.isNeeded)));
    const image = graphs.then(parts => joinGraphs(source.manifest, parts));
    const attached = options.referrers
        ? Promise.all([image, graphs]).then(([whole, parts]) => attachmentsOf(source, { image: whole, graphs: parts }, options))
        : nothingAttached;
    return { image, attached };
}
const nothingAttached = Promise.resolve({ attachments: [], warnings: [] });
/** Finds what is attached to an image: what is attached to an index that is taken apart would be attached to nothing. */
async function attachmentsOf({ parts }, { image, graphs }, options) {
    const content = digestsIn(image.manifests);
    const found = await inParallel([...parts.entries()], ([index, part]) => {
        const manifests = graphs[index]?.manifests ?? [];
        return ofPart(part, () => findAttachments(manifests, placeOf(part, options), digest => content.has(digest)));
    });
    const { attachments, warnings } = distinctAttachments(found.flatMap(each => each.attachments));
    return { attachments, warnings: [...found.flatMap(each => each.warnings), ...warnings] };
}
function placeOf({ repository }, { registry }) {
    return { registry, from: repository };
}
async function ofPart({ repository, manifest }, work) {
    try {
        return await work();
    }
    catch (error) {
        const name = (0,oci_reference/* formatReference */.FH)({ repository, digest: manifest.digest });
        throw (0,errors/* during */.iW)(`reading everything that belongs to ${name}`, error);
    }
}
/**
 * Keeps each attachment once: parts that share an image may be in several repositories that have what is attached to it. Of two
 * manifests under one cosign tag, keeps the one that has all signatures of the other; where neither has, the first, with a warning.
 */
function distinctAttachments(all) {
    const attachments = new Map();
    const warnings = [];
    for (const attachment of all) {
        const { subject, tag, graph } = attachment;
        const name = `${subject} ${tag ?? graph.root.digest}`;
        const known = attachments.get(name);
        if (known === undefined || hasLayersOf(graph.root, known.graph.root))
            attachments.set(name, attachment);
        else if (tag !== undefined && !hasLayersOf(known.graph.root, graph.root))
            warnings.push(`${tag} holds other signatures in each repository that has the image; those of one were copied`);
    }
    return { attachments: [...attachments.values()], warnings };
}

// EXTERNAL MODULE: ./src/promotion/duration.ts
var duration = __webpack_require__(533);
;// CONCATENATED MODULE: ./src/oci/annotations.ts
/** The pre-defined annotations that state an image's version and creation (OCI image specification, annotations.md). */
/** Reads the version metadata that annotations or labels state. */
function statedMetadata(annotations) {
    const stated = typeof annotations === 'object' && annotations !== null ? annotations : {};
    return versionMetadata(textOf(stated, 'org.opencontainers.image.version'), textOf(stated, 'org.opencontainers.image.created'));
}
/** Makes version metadata of what is known. */
function versionMetadata(version, created) {
    return { ...(version !== undefined && { version }), ...(created !== undefined && { created }) };
}
/** Tells whether both version and creation are stated. */
function isComplete({ version, created }) {
    return version !== undefined && created !== undefined;
}
function textOf(stated, name) {
    const value = Object.hasOwn(stated, name) ? stated[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
}

;// CONCATENATED MODULE: ./src/oci/config.ts
/** The config of an image: the small blob that tells its platform, its labels and when it was created. */






/** The largest config that is read: as much as containers/image reads. */
const MAXIMUM_CONFIG_BYTES = 4 * 1024 * 1024;
// The config of an artifact may hold anything; these two are an image's.
const configTypes = [
    'application/vnd.oci.image.config.v1+json',
    'application/vnd.docker.container.image.v1+json'
];
/** Finds the digest of an image's config; undefined for indexes and for artifacts, which have none that could be understood. */
function configOf({ content }) {
    const { mediaType, digest } = asObject(content.config);
    return configTypes.includes(mediaType) && typeof digest === 'string' && (0,oci_digest/* isDigest */.Bc)(digest)
        ? digest
        : undefined;
}
/** Reads a config. Throws `DIGEST_MISMATCH` when the bytes are not those asked for, `MANIFEST_UNSUPPORTED` when they are no JSON. */
function readConfig(bytes, asked) {
    const found = digestOf(bytes, asked);
    if (found !== asked) {
        throw new errors/* PromotionError */.g1('DIGEST_MISMATCH', `asked for the config ${asked}, the registry answered with ${found}`, {
            advice: 'Nothing was tagged. Something between the build and here changed the image; find out what.'
        });
    }
    const config = parse(bytes);
    const platform = (0,oci_platform/* readPlatform */.Kd)(config);
    const stated = statedMetadata(asObject(config.config).Labels);
    const created = typeof config.created === 'string' ? config.created : undefined;
    return {
        ...(platform !== undefined && { platform }),
        metadata: versionMetadata(stated.version, stated.created ?? created)
    };
}
function parse(bytes) {
    try {
        return asObject((0,oci_json/* parseJson */.qF)(bytes));
    }
    catch {
        throw new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', "the image's config is not JSON", {
            advice: 'Push the image again with a current builder.'
        });
    }
}
function asObject(value) {
    return (0,oci_json/* isObject */.Gv)(value) ? value : {};
}

;// CONCATENATED MODULE: ./src/oci/index-json.ts
/** The JSON of an index that is made here. */



/** The order of Go's types for the image specification; fields that these do not have come after them, by name. */
const index = ['schemaVersion', 'mediaType', 'manifests', 'annotations'];
const index_json_descriptor = ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'platform', 'artifactType'];
const platform = ['architecture', 'os', 'os.version', 'os.features', 'variant'];
/**
 * Writes an index as `docker buildx imagetools create` does: two spaces, Go's order of fields and Go's escapes. Throws
 * `MANIFEST_UNSUPPORTED` for more than 4 MiB, or more than can be read again.
 */
function encodeIndex(content) {
    const json = JSON.stringify(index_json_inOrder(content, ''), null, 2).replace(/[<>&\u2028\u2029]/g, escaped);
    const bytes = new TextEncoder().encode(json);
    if (bytes.length > MAXIMUM_MANIFEST_BYTES || !isReadable(json))
        throw indexTooLarge();
    return bytes;
}
/** The error of an index that is too large to be made. */
function indexTooLarge() {
    return new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', 'the index would be larger than 4 MiB, the most that registries agree on', { advice: 'No builder makes images near this limit. Check what was pushed.' });
}
function index_json_inOrder(value, name) {
    if (Array.isArray(value))
        return value.map(item => index_json_inOrder(item, name));
    if (!(0,oci_json/* isObject */.Gv)(value))
        return value;
    const first = name === '' ? index : name === 'manifests' ? index_json_descriptor : name === 'platform' ? platform : [];
    const rankOf = (field) => (first.includes(field) ? first.indexOf(field) : first.length);
    const fields = Object.keys(value).sort((one, other) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1));
    return Object.fromEntries(fields.map(field => [field, index_json_inOrder(value[field], field)]));
}
function escaped(char) {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
function isReadable(json) {
    try {
        (0,oci_json/* parseJson */.qF)(json);
        return true;
    }
    catch {
        return false;
    }
}

// EXTERNAL MODULE: ./src/oci/listing.ts
var listing = __webpack_require__(113);
;// CONCATENATED MODULE: ./src/oci/make-index.ts
/**
 * Makes an index of images that are in a registry. The same parts and annotations always give the same bytes.
 *
 *     a part            becomes
 *     an image          a descriptor: media type, digest and size of its manifest, the platform of its config
 *     an index          each of its descriptors as it stands, those of attestations too
 *     one index alone   itself, where no annotations are added: existing bytes are never re-serialised
 *
 * The index is a Docker manifest list where all of that is Docker's and there are no annotations, which such a list cannot have;
 * else it is an OCI index.
 */









/** The most bytes of the manifests of all parts: once parsed, JSON takes many times its size in memory. */
const MAXIMUM_PARTS_BYTES = 4 * MAXIMUM_MANIFEST_BYTES;
/**
 * Makes an index. Throws `MANIFEST_UNSUPPORTED` for a part that is no image or names no platform, for two different images for one
 * platform, and for an index that is too large.
 */
function makeIndex(parts, { order, annotations }) {
    const distinct = [...new Map(parts.map(part => [part.manifest.digest, part])).values()];
    const described = distinct.map(part => (part.manifest.kind === 'index' ? ofIndex(part) : ofImage(part)));
    const isAnnotated = Object.keys(annotations).length > 0;
    const [only, ...others] = distinct;
    if (only?.manifest.kind === 'index' && others.length === 0 && !isAnnotated)
        return only.manifest;
    if (order === 'platform')
        described.sort((one, other) => (sortKeyOf(one) < sortKeyOf(other) ? -1 : 1));
    const entries = distinctEntries(described);
    const bytes = encodeIndex({
        schemaVersion: 2,
        mediaType: described.every(isDocker) && !isAnnotated ? DOCKER_LIST : OCI_INDEX,
        manifests: entries.map(({ descriptor }) => descriptor),
        ...(isAnnotated && { annotations })
    });
    refuseConflicts(described, entries);
    return readManifest({ bytes, contentType: '' });
}
function ofImage(part) {
    const { manifest, platform } = part;
    if (configOf(manifest) === undefined)
        throw unusable(part, 'is not an image', 'The parts of an index are images, or indexes of images.');
    if (platform === undefined) {
        throw unusable(part, 'has no platform: its config names no os and architecture', 'Name the image that was built. What is attached to an image, such as an attestation, comes along with its index.');
    }
    const { mediaType, digest, bytes } = manifest;
    const descriptor = { mediaType, digest, size: bytes.length, platform };
    return { part, platform, entries: [{ part, descriptor, platform, identity: identityOf(digest, platform) }] };
}
function ofIndex(part) {
    const entries = descriptorsOf(part).map((descriptor) => {
        const stated = (0,oci_platform/* readPlatform */.Kd)(descriptor.platform);
        const platform = descriptor.artifactType === undefined ? stated : undefined;
        return { part, descriptor, platform, identity: identityOf(descriptor.digest, stated) };
    });
    const [platform] = entries.flatMap(entry => entry.platform ?? []);
    if (platform !== undefined)
        return { part, platform, entries };
    throw unusable(part, 'lists no image for a platform', 'Name the image that was built.');
}
function descriptorsOf({ reference, manifest }) {
    try {
        // Checks them; that view lacks the fields that are not read.
        partsOf(manifest);
    }
    catch (error) {
        throw (0,errors/* during */.iW)((0,oci_reference/* formatReference */.FH)(reference), error);
    }
    return (0,oci_json/* parseJson */.qF)(manifest.bytes).manifests;
}
function identityOf(digest, platform) {
    return platform === undefined ? digest : `${digest} ${(0,oci_platform/* platformKey */.Ng)(platform)}`;
}
/** What is listed decides before the bytes of the part that lists it; no two parts have the same key. */
function sortKeyOf({ part, platform, entries }) {
    const listed = entries.map(({ identity }) => identity);
    return [(0,oci_platform/* platformName */.$r)(platform), ...listed, part.manifest.digest].join(' ');
}
function distinctEntries(described) {
    const entries = new Map();
    for (const entry of described.flatMap(each => each.entries))
        if (!entries.has(entry.identity))
            entries.set(entry.identity, entry);
    return [...entries.values()];
}
function isDocker({ part, entries }) {
    const types = [part.manifest.mediaType, ...entries.map(({ descriptor }) => descriptor.mediaType)];
    return types.every(type => isDockerManifest(type.toLowerCase()));
}
/** Refuses two different images for one platform, unless one part lists both: it tells them apart by something else. */
function refuseConflicts(described, entries) {
    const rivals = new Map();
    for (const entry of entries) {
        const { platform } = entry;
        if (platform === undefined)
            continue;
        const known = rivals.get((0,oci_platform/* platformKey */.Ng)(platform)) ?? { platform, entries: [] };
        known.entries.push(entry);
        rivals.set((0,oci_platform/* platformKey */.Ng)(platform), known);
    }
    const listed = described.map(each => new Set(each.entries.map(({ identity }) => identity)));
    for (const group of rivals.values()) {
        const isOneParts = listed.some(own => group.entries.every(({ identity }) => own.has(identity)));
        if (!isOneParts)
            throw conflict(group);
    }
}
function conflict({ platform, entries }) {
    const parts = [...new Set(entries.map(({ part }) => (0,oci_reference/* formatReference */.FH)(part.reference)))];
    return new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', `${parts.slice(0, 2).join(' and ')} have different images for one platform, ${(0,oci_platform/* platformName */.$r)(platform)}`, {
        advice: 'An index has one image for each platform. Leave out one of the two, or build it for the platform that was meant.'
    });
}
function unusable({ reference }, why, advice) {
    return new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', `${(0,oci_reference/* formatReference */.FH)(reference)} ${why}`, { advice });
}

;// CONCATENATED MODULE: ./src/promotion/requirements.ts



/** Checks an image: `DIGEST_MISMATCH` or `PLATFORM_MISSING` where it does not meet the requirements, undefined where it does. */
function unmetRequirement({ manifest, platforms }, required) {
    const { bytes, digest } = manifest;
    if (required.digest !== undefined && digestOf(bytes, required.digest) !== required.digest) {
        return new errors/* PromotionError */.g1('DIGEST_MISMATCH', `it is ${digest}, and expect-digest says ${required.digest}`, {
            advice: 'Another image has been pushed under this name since it was tested. Promote by the digest that was tested.'
        });
    }
    const missing = (0,oci_platform/* missingPlatforms */.z3)(required.platforms, platforms);
    if (missing.length === 0)
        return undefined;
    const has = platforms.length === 0 ? 'names no platform' : `has ${(0,oci_platform/* listPlatforms */.Rd)(platforms)}`;
    return new errors/* PromotionError */.g1('PLATFORM_MISSING', `it lacks ${(0,oci_platform/* listPlatforms */.Rd)(missing)}; it ${has}`, {
        advice: 'Build the image for every platform in require-platforms, or remove the platform from that list.'
    });
}

;// CONCATENATED MODULE: ./src/promote/read-source.ts
/** Reads one source once: an image, or the parts of an index, which is made here. Checks it against the requirements. */












// Of the images that a message names.
const MAXIMUM_NAMED = 5;
/** Reads a source: one GET for each manifest, and of an index one for the config of each part that is an image. */
async function readSource(source, requirements, registry) {
    const doing = source.kind === 'image'
        ? `reading the source ${(0,promotion_source/* formatSource */.j2)(source)}`
        : `making an index of ${source.parts.length.toString()} images`;
    const result = await orError(doing, () => attempt(source, requirements, registry));
    return result instanceof errors/* PromotionError */.g1 ? { kind: 'rejected', error: result } : result;
}
async function attempt(source, requirements, registry) {
    const found = source.kind === 'image'
        ? await readImage(source.reference, requirements, registry)
        : await readIndex(source, registry);
    if ('absent' in found)
        return { kind: 'pending', error: missing(found.absent), isMissing: true };
    const unmet = unmetRequirement(found.image, requirements);
    if (unmet === undefined)
        return found;
    const error = (0,errors/* during */.iW)((0,promotion_source/* formatSource */.j2)(source), unmet);
    // The content of a digest never changes.
    return (0,promotion_source/* referencesOf */.CL)(source).every(({ digest }) => digest !== undefined)
        ? { kind: 'rejected', error }
        : { kind: 'pending', error, isMissing: false };
}
async function readImage(reference, { platforms: required }, registry) {
    const { repository } = reference;
    const manifest = await registry.getManifest(reference);
    if (manifest === undefined)
        return { absent: [reference] };
    const stated = required.length > 0 && (await statedPlatform(manifest, repository, registry));
    const platforms = stated ? [(0,oci_platform/* platformName */.$r)(stated)] : platformsOf(manifest);
    return { kind: 'found', image: { manifest, platforms }, parts: [{ repository, manifest }] };
}
async function readIndex(source, registry) {
    let size = 0;
    const parts = await inParallel(source.parts, async (reference) => {
        try {
            const part = await readPart(reference, registry);
            size += part?.manifest.bytes.length ?? 0;
            if (size > MAXIMUM_PARTS_BYTES)
                throw indexTooLarge();
            return part;
        }
        catch (error) {
            throw (0,errors/* during */.iW)(`reading ${(0,oci_reference/* formatReference */.FH)(reference)}`, error);
        }
    });
    const absent = source.parts.filter((_, index) => parts[index] === undefined);
    if (absent.length > 0)
        return { absent };
    const present = parts.filter(part => part !== undefined);
    const manifest = makeIndex(present, source);
    return {
        kind: 'found',
        image: { manifest, platforms: platformsOf(manifest) },
        parts: present.map(part => ({ repository: part.reference.repository, manifest: part.manifest }))
    };
}
async function readPart(reference, registry) {
    const manifest = await registry.getManifest(reference);
    if (manifest === undefined)
        return undefined;
    return { reference, manifest, platform: await statedPlatform(manifest, reference.repository, registry) };
}
/** Reads the platform of an image from its config; undefined for an index, whose descriptors state it. */
async function statedPlatform(manifest, repository, registry) {
    const config = configOf(manifest);
    return config && (await registry.getConfig(repository, config)).platform;
}
function missing(absent) {
    const names = (0,listing/* listFirst */.r)(absent.map(oci_reference/* formatReference */.FH), MAXIMUM_NAMED, ' and ');
    const what = absent.every(({ digest }) => digest === undefined) ? 'tag' : 'digest';
    const notAnId = what === 'tag'
        ? ''
        : ' An image ID, as `docker images` shows it, is not such a digest: docker/build-push-action has it in its output "digest".';
    return new errors/* PromotionError */.g1('SOURCE_NOT_FOUND', `there is no image ${names}: the registry answered 404`, {
        advice: `Check the registry, the repository and the ${what}, and that the job that pushes the image has finished (wait-for-source ` +
            `waits for it). Some registries also answer so for a private image that the credentials may not read.${notAnId}`
    });
}

;// CONCATENATED MODULE: ./src/promote/read-sources.ts
/** Reads the sources; waits for those that are not ready, where the user asked for that. */




const FIRST_DELAY = 2_000;
const LONGEST_DELAY = 15_000;
const GROWTH = 1.5;
const REPORT_INTERVAL = 60_000;
/**
 * Reads every source of a request. Waits until all are ready, unless one can never be. A source that does not exist is
 * `missing` where the request allows that, else `rejected`.
 */
async function readSources(request, registry, { limit, clock, progress }) {
    const { promotions, requirements } = request;
    const attempts = [];
    const deadline = clock.now() + limit;
    let [delay, reportedAt] = [FIRST_DELAY, -Infinity];
    for (;;) {
        await inParallel([...promotions.entries()], async ([index, { source }]) => {
            if (attempts[index]?.kind !== 'found')
                attempts[index] = await readSource(source, requirements, registry);
        });
        const now = clock.now();
        const pending = attempts.flatMap(each => (each.kind === 'pending' ? each.error : []));
        const isHopeless = attempts.some(({ kind }) => kind === 'rejected');
        if (pending.length === 0 || isHopeless || now >= deadline)
            break;
        if (now - reportedAt >= REPORT_INTERVAL) {
            progress.waiting(pending, deadline - now);
            reportedAt = now;
        }
        await clock.sleep(Math.min(delay, deadline - now));
        delay = Math.min(delay * GROWTH, LONGEST_DELAY);
    }
    return attempts.map(each => resultOf(each, request, limit));
}
function resultOf(attempt, { ifMissing }, limit) {
    if (attempt.kind !== 'pending')
        return attempt;
    const { error, isMissing } = attempt;
    if (isMissing && ifMissing === 'skip')
        return { kind: 'missing', error };
    const explained = limit === 0 ? error : (0,errors/* during */.iW)(`waited for ${(0,duration/* formatDuration */.a)(limit)}`, error);
    return { kind: 'rejected', error: explained };
}

;// CONCATENATED MODULE: ./src/promote/read-version-metadata.ts
/** Reads what an image says of its own version and creation, with as few requests as that takes. */




// As deep as indexes may be nested (contract: *Limits*).
const read_version_metadata_MAXIMUM_DEPTH = 4;
/** Reads version metadata: from the annotations, else from the config of the image, of an index from its first platform's. */
async function readVersionMetadata(manifest, { repository, depth = 0 }, registry) {
    const stated = statedMetadata(manifest.content.annotations);
    if (isComplete(stated))
        return stated;
    const config = configOf(manifest);
    if (config !== undefined)
        return { ...(await registry.getConfig(repository, config)).metadata, ...stated };
    const first = firstPlatform(manifest);
    if (first === undefined || depth === read_version_metadata_MAXIMUM_DEPTH)
        return stated;
    const image = await registry.getManifest({ repository, digest: first });
    if (image === undefined)
        return stated;
    return { ...(await readVersionMetadata(image, { repository, depth: depth + 1 }, registry)), ...stated };
}
function firstPlatform(manifest) {
    const [first] = imagesOf(manifest);
    return typeof first?.digest === 'string' && (0,oci_digest/* isDigest */.Bc)(first.digest) ? first.digest : undefined;
}

;// CONCATENATED MODULE: ./src/promote/inspect.ts










/** Reads all that a plan needs. Throws where an image cannot be read that has to be copied; what else cannot be read is a fact. */
async function inspect(request, { reader, tags }, wait) {
    const sources = readSources(request, reader, wait);
    // Tags are read at the same time; where sources may have to be waited for, they are read after that.
    if (wait.limit > 0)
        await sources;
    let isRejected = false;
    const checked = sources.then(results => {
        isRejected = results.some(({ kind }) => kind === 'rejected');
        return results;
    });
    const read = tags.read((0,promotion_request/* tagsOf */.Fg)(request), () => isRejected);
    // Both end before the run does, whatever becomes of the other.
    await Promise.allSettled([checked, read]);
    const results = await checked;
    const states = results.flatMap(result => (result.kind === 'rejected' ? [] : result));
    if (states.length < results.length)
        return { kind: 'rejected', sources: rejected(request, results) };
    await read;
    const snapshot = { sources: states, tags: tags.states() };
    const [facts, copies] = await Promise.all([
        gather(request, snapshot, reader),
        findCopies(request, snapshot, reader)
    ]);
    return { kind: 'accepted', facts: { ...facts, copies } };
}
/** Reads what a snapshot makes necessary to decide. */
async function gather(request, snapshot, reader) {
    const needs = needsOf(request, snapshot);
    const versions = async () => {
        const published = await readPublished(needs.published, reader);
        const images = metadataNeeds(request, snapshot, published);
        return { published, metadata: await readImages(images, image => readMetadata(image, snapshot, reader)) };
    };
    const [compared, kept] = await Promise.all([
        versions(),
        readImages(needs.kept, image => reader.getManifest(image))
    ]);
    return { snapshot, ...compared, kept };
}
async function readPublished(repositories, reader) {
    const lists = await inParallel(repositories, async (repository) => {
        const name = (0,oci_reference/* formatRepository */.Sh)(repository);
        return [name, await orError(`listing the tags of ${name}`, () => reader.listTags(repository))];
    });
    return new Map(lists);
}
async function readMetadata(image, { sources }, reader) {
    const found = sources.filter(source => source.kind === 'found');
    const source = found.find(each => each.image.manifest.digest === image.digest);
    const manifest = source?.image.manifest ?? (await reader.getManifest(image));
    if (manifest === undefined)
        return {};
    const home = (source && partWithFirstPlatform(source)) ?? image;
    return readVersionMetadata(manifest, home, reader);
}
/** Finds the part that has the first platform of an index; undefined where none is for a platform. */
function partWithFirstPlatform({ image, parts }) {
    const [first] = imagesOf(image.manifest);
    return parts.find(({ manifest }) => manifest.digest === first?.digest || imagesOf(manifest).some(({ digest }) => digest === first?.digest));
}
/** Reads something of each image, by its full name; an error for what cannot be read. */
async function readImages(images, read) {
    const results = await inParallel(images, async (image) => {
        const name = (0,oci_reference/* formatReference */.FH)(image);
        return [name, await orError(`reading ${name}`, () => read(image))];
    });
    return new Map(results);
}
function findCopies(request, snapshot, registry) {
    const { promotions, referrers } = request;
    const { sources } = snapshot;
    const destinations = destinationsOf(request, snapshot);
    return inParallel([...promotions.keys()], async (index) => {
        const state = sources[index];
        const to = destinations[index] ?? [];
        if (state?.kind !== 'found' || to.length === 0)
            return new Map();
        const { image, parts } = state;
        return findMissingContent({ manifest: image.manifest, parts }, to, { registry, referrers });
    });
}
function rejected({ promotions }, results) {
    return results.flatMap((result, index) => {
        const source = promotions[index]?.source;
        if (source === undefined)
            return [];
        if (result.kind === 'rejected')
            return { source, error: result.error };
        return result.kind === 'found' ? { source, image: result.image } : { source, isMissing: true };
    });
}

;// CONCATENATED MODULE: ./src/promote/planner.ts





/** Plans a request again and again, with what is known already and what the tags hold. */
class Planner {
    #request;
    #readers;
    #facts;
    #manifests;
    /** `planned` is the plan of the request by these facts. */
    constructor(request, { facts, planned }, readers) {
        this.#request = request;
        this.#facts = facts;
        this.#readers = readers;
        this.#manifests = new Map(planned.manifests);
    }
    /** Plans by the last look at each tag; reads what that makes necessary, an image that another job has pushed, say. */
    async plan() {
        const { reader, tags } = this.#readers;
        const snapshot = { ...this.#facts.snapshot, tags: tags.states() };
        const facts = await gather(this.#request, snapshot, reader);
        const planned = plan(this.#request, { ...facts, copies: this.#facts.copies });
        for (const [digest, manifest] of planned.manifests)
            this.#manifests.set(digest, manifest);
        return planned;
    }
    /** Plans for one target alone. */
    async stepFor(target) {
        const name = (0,oci_reference/* formatReference */.FH)(target);
        const step = (await this.plan()).steps.find(each => (0,oci_reference/* formatReference */.FH)(each.target) === name);
        if (step === undefined)
            throw new Error(`${name} is not a target`);
        return step;
    }
    /** Lists a target and the tags that keep its earlier images. */
    chainOf(target) {
        return [target, ...(0,promotion_request/* previousTags */.Lf)(this.#request, target)];
    }
    /** Tells whether a digest, by whichever algorithm, is that of a manifest which a plan writes under another. */
    isSame(written, found) {
        return found !== undefined && isNamedBy(this.manifestOf(written), found);
    }
    /** Gives a manifest that a plan writes. */
    manifestOf(digest) {
        const manifest = this.#manifests.get(digest);
        if (manifest === undefined)
            throw new Error('a plan holds every manifest that it writes');
        return manifest;
    }
}

;// CONCATENATED MODULE: ./src/promote/read-cache.ts
/** A reader that fetches nothing twice: the content of a digest never changes, and each tag list is read once in a run. */


/** The most bytes of manifests that are kept in one run. */
const MAXIMUM_KEPT_BYTES = 64 * 1024 * 1024;
/**
 * Makes a reader that fetches each manifest by digest, each config and each list of tags once. What failed or was not there is asked for again.
 * Once 64 MiB of manifests are kept, it throws `MANIFEST_UNSUPPORTED` for any more.
 */
function caching(registry) {
    const manifests = new Map();
    const tags = new Map();
    const configs = new Map();
    const budget = { left: MAXIMUM_KEPT_BYTES };
    return {
        headManifest: reference => registry.headManifest(reference),
        hasBlob: (repository, digest) => registry.hasBlob(repository, digest),
        listTags: repository => once(tags, (0,oci_reference/* formatRepository */.Sh)(repository), () => registry.listTags(repository)),
        listReferrers: (repository, subject) => registry.listReferrers(repository, subject),
        getManifest: reference => {
            const { repository, digest } = reference;
            return digest === undefined
                ? registry.getManifest(reference)
                : once(manifests, (0,oci_reference/* formatReference */.FH)({ repository, digest }), () => fetchWithin(budget, reference, registry));
        },
        getConfig: (repository, digest) => once(configs, (0,oci_reference/* formatReference */.FH)({ repository, digest }), () => registry.getConfig(repository, digest))
    };
}
async function fetchWithin(budget, reference, registry) {
    const manifest = budget.left < 0 ? undefined : await registry.getManifest(reference);
    budget.left -= manifest?.bytes.length ?? 0;
    if (budget.left >= 0)
        return manifest;
    throw new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', 'the manifests of the images in this run and of what is attached to them are larger than 64 MiB together', { advice: 'No builder makes images near this limit. Check what was pushed.' });
}
function once(known, key, fetch) {
    const cached = known.get(key);
    if (cached !== undefined)
        return cached;
    const fetched = fetch();
    known.set(key, fetched);
    const forget = () => {
        known.delete(key);
    };
    fetched.then(value => {
        if (value === undefined)
            forget();
    }, forget);
    return fetched;
}

;// CONCATENATED MODULE: ./src/promote/tag-reader.ts





/** How old a look may be when its tag is written, in milliseconds (contract: *Other jobs*). */
const MAXIMUM_AGE = 1000;
/** What the tags of a run hold, as of the last look. */
class TagReader {
    #registry;
    #clock;
    #states = new Map();
    /** When each was asked for, by the clock. */
    #readAt = new Map();
    constructor(registry, clock) {
        this.#registry = registry;
        this.#clock = clock;
    }
    /** Gives the states of all tags, as of the last look at each. */
    states() {
        return new Map(this.#states);
    }
    /** Reads what tags hold. Once `isInVain` returns true, the rest are not read and count as absent. Tells whether any changed since the last look. */
    async read(tags, isInVain = () => false) {
        const changes = await inParallel(tags, async (tag) => {
            const name = (0,oci_reference/* formatReference */.FH)(tag);
            const before = this.#states.get(name);
            this.#readAt.set(name, this.#clock.now());
            const now = isInVain() ? { kind: 'absent' } : await this.#readOne(tag);
            this.#states.set(name, now);
            return !isSame(before, now);
        });
        return changes.includes(true);
    }
    /** Reads again those tags whose last look is more than a second old. Tells whether any changed. */
    refresh(tags) {
        const now = this.#clock.now();
        return this.read(tags.filter(tag => now - (this.#readAt.get((0,oci_reference/* formatReference */.FH)(tag)) ?? -Infinity) > MAXIMUM_AGE));
    }
    /** Notes what a tag is known to hold now: undefined is nothing. */
    note(target, digest) {
        const name = (0,oci_reference/* formatReference */.FH)(target);
        this.#states.set(name, digest === undefined ? { kind: 'absent' } : { kind: 'present', digest });
        this.#readAt.set(name, this.#clock.now());
    }
    /** Gives the digest that a tag held at the last look; undefined for none. */
    digestOf(target) {
        return heldDigest(this.#states, target);
    }
    /** Gives the state of a tag at the last look. */
    stateOf(target) {
        return stateOf(this.#states, target);
    }
    async #readOne(target) {
        const digest = await orError(`reading the target ${(0,oci_reference/* formatReference */.FH)(target)}`, () => this.#registry.headManifest(target));
        if (digest instanceof errors/* PromotionError */.g1)
            return { kind: 'unreadable', error: digest };
        return digest === undefined ? { kind: 'absent' } : { kind: 'present', digest };
    }
}
function isSame(one, other) {
    if (one?.kind !== other.kind)
        return false;
    return one.kind !== 'present' || other.kind !== 'present' || one.digest === other.digest;
}

;// CONCATENATED MODULE: ./src/oci/tag-changed.ts
/** Ends an upload whose tag holds something else by now than its caller expects. */
class TagChangedError extends Error {
    name = 'TagChangedError';
    /** What the tag holds; undefined where it does not exist. */
    found;
    constructor(found) {
        super(`the tag now holds ${found ?? 'nothing'}`);
        this.found = found;
    }
}

;// CONCATENATED MODULE: ./src/promote/chain.ts




/** What is decided about the tags of a target, what has been written, and what is to be reported. */
class Chain {
    /** The latest decision. */
    step;
    /** What is still to be written, in this order. */
    pending = [];
    /** In the order of the writes. */
    writes = [];
    #reports = new Map();
    constructor(step) {
        this.step = step;
        this.decide(step);
    }
    /** Replaces the decision; what has been written stays reported. */
    decide(step) {
        this.step = step;
        const links = chainOf(step);
        const refused = this.isRefused;
        this.pending = refused ? [] : links.filter(link => isWrite(expectation(link)));
        for (const link of links) {
            const expected = expectation(link);
            const isOurs = this.writes.some(write => isTo(write, link.target));
            if (isWrite(expected))
                this.report(refused ? notAttempted(expected, 'not written, because another target was refused') : expected);
            else if (!isOurs || expected.outcome !== 'unchanged')
                this.report(expected);
        }
    }
    /** Tells whether the latest decision is a refusal. */
    get isRefused() {
        return chainOf(this.step).some(({ verdict }) => verdict.kind === 'refuse');
    }
    /** Sets what is reported of a tag. */
    report(report) {
        this.#reports.set((0,oci_reference/* formatReference */.FH)(report.target), report);
    }
    /** Gives what is reported of a tag. */
    reportOf(target) {
        const report = this.#reports.get((0,oci_reference/* formatReference */.FH)(target));
        if (report === undefined)
            throw new Error(`nothing is known of ${(0,oci_reference/* formatReference */.FH)(target)}`);
        return report;
    }
    /** Lists what is reported: the target itself first, then the tags that keep its earlier images, the newest first. */
    reports() {
        const { target } = this.step;
        const others = [...this.#reports.values()].filter(report => !isTo(report, target));
        return [this.reportOf(target), ...others.toSorted((one, other) => numberOf(one) - numberOf(other))];
    }
    /** Gives the last write to a tag; undefined where there was none. */
    writeTo(target) {
        return this.writes.findLast(write => isTo(write, target));
    }
}
function isTo({ target }, other) {
    return (0,oci_reference/* formatReference */.FH)(target) === (0,oci_reference/* formatReference */.FH)(other);
}
/** The number of a tag that keeps an earlier image: 2 of `nightly-2`. */
function numberOf({ target }) {
    return Number(/\d+$/.exec(target.tag)?.[0]);
}

;// CONCATENATED MODULE: ./src/promote/observe.ts
/** Observes a tag after a write whose result is not known. */

/** Reads what a tag holds now; undefined where the registry does not tell. */
async function observe(target, registry) {
    try {
        return { digest: await registry.headManifest(target) };
    }
    catch (error) {
        if (error instanceof errors/* PromotionError */.g1)
            return undefined;
        throw error;
    }
}

;// CONCATENATED MODULE: ./src/promote/roll-back.ts





/**
 * Restores what a chain of writes has displaced, the last write first, so that every kept image stays tagged. Where
 * one cannot be put back, those written before it are left, for they keep what it held. What another job has written since
 * stays; where that is the main tag of a rotation, the whole chain stays.
 */
async function rollBack(chain, context) {
    const { target, verdict } = chain.step;
    if (verdict.kind === 'overwrite' && chain.writes.length > 0)
        chain.report(irreversible(chain.reportOf(target)));
    const displaced = chain.writes.filter(({ previous }) => previous !== undefined);
    if (displaced.length === 0)
        return;
    const isRotation = chain.writes.some(({ target }) => chain.reportOf(target).keeps !== undefined);
    if (isRotation && !(await isMainTagOurs(chain, context)))
        return;
    for (const write of displaced.toReversed())
        if (!(await restore(chain, write, context)))
            return;
}
/** Tells whether the main tag of a rotation is what the run wrote, or what it was before; reports it where it is not. */
async function isMainTagOurs(chain, { registry, planner }) {
    const { target } = chain.step;
    const report = chain.reportOf(target);
    const now = await observe(target, registry);
    if (now === undefined || now.digest === report.previousDigest)
        return true;
    const write = chain.writeTo(target);
    if (write !== undefined && planner.isSame(write.digest, now.digest))
        return true;
    if (write !== undefined)
        chain.report(superseded(report, now.digest));
    return false;
}
/** Puts one tag back; false where those written before it have to stay. */
async function restore(chain, write, context) {
    const now = await observe(write.target, context.registry);
    if (now === undefined)
        return fail(chain, write, { error: unknown(), now, isGone: false });
    if (now.digest === write.previous)
        return succeed(chain, write);
    if (!context.planner.isSame(write.digest, now.digest))
        return leave(chain, write, now.digest);
    try {
        if (await pointBack(write, context))
            return succeed(chain, write);
        return fail(chain, write, { error: (0,errors/* during */.iW)(roll_back_nameOf(write), roll_back_gone()), now, isGone: true });
    }
    catch (error) {
        if (error instanceof TagChangedError)
            return leave(chain, write, error.found);
        const explained = (0,errors/* during */.iW)(roll_back_nameOf(write), error);
        if (!(explained instanceof errors/* PromotionError */.g1))
            throw explained;
        const found = await observe(write.target, context.registry);
        if (found !== undefined && found.digest === write.previous)
            return succeed(chain, write);
        return fail(chain, write, { error: explained, now: found, isGone: false });
    }
}
function roll_back_nameOf({ target, previous }) {
    return `putting ${(0,oci_reference/* formatReference */.FH)(target)} back to ${previous ?? 'nothing'}`;
}
/** Uploads the image that a tag pointed to before; false where the registry no longer has it. */
async function pointBack({ target, digest, previous }, { registry, reader, planner }) {
    const { repository } = target;
    const manifest = await reader.getManifest({ repository, ...(previous && { digest: previous }) });
    if (manifest === undefined)
        return false;
    await registry.putManifest(target, manifest, found => planner.isSame(digest, found));
    return true;
}
function succeed(chain, { target }) {
    chain.report(restored(chain.reportOf(target)));
    return true;
}
function leave(chain, { target }, digest) {
    chain.report(superseded(chain.reportOf(target), digest));
    return false;
}
function fail(chain, { target }, why) {
    chain.report(rollbackFailed(chain.reportOf(target), why));
    return false;
}
function unknown() {
    return new errors/* PromotionError */.g1('REGISTRY_UNAVAILABLE', 'the tag cannot be read, and another job may have moved it');
}
function roll_back_gone() {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', 'the registry no longer has that image', {
        advice: 'Some registries delete an image when its last tag moves, and clean-ups delete untagged images. Push the image again, or ' +
            'point the tag at another image.'
    });
}

;// CONCATENATED MODULE: ./src/promote/settle.ts
/**
 * Settles: looks once more at tags that must not be lost to another job, two seconds after they were written (contract: *Other
 * jobs*).
 *
 *     if-exists          the tag holds another image by then    then
 *     forward            an older one                           written again, at most three times
 *     forward            a newer one, or none                   superseded
 *     fail               any                                    superseded, and the step fails
 *     skip, a rotation   any                                    superseded
 */






/** How long after the last write tags are looked at once more, in milliseconds. */
const SETTLE_DELAY = 2000;
/** How often a tag under `forward` is corrected. */
const MAXIMUM_CORRECTIONS = 3;
/** Looks at the tags that were written, reports what other jobs have done to them, and writes again where the policy says so. */
async function settle(chains, context, write) {
    let watched = chains.filter(chain => chain.writes.length > 0 && isWatched(chain, context));
    for (let corrections = 0; watched.length > 0; corrections++) {
        if (!(await waitToSettle(context)))
            return;
        await context.tags.read(watched.flatMap(({ step }) => context.planner.chainOf(step.target)));
        const isLast = corrections === MAXIMUM_CORRECTIONS;
        const results = await inParallel(watched, chain => settle_judge(chain, context, isLast));
        watched = watched.filter((_, index) => results[index] === 'write');
        await inParallel(watched, write);
    }
}
async function waitToSettle({ clock, signal }) {
    // A job that is cancelled has written all that was to be written; its wait ends at once.
    if (!signal.aborted)
        await clock.sleep(SETTLE_DELAY).catch(() => undefined);
    return !signal.aborted;
}
function isWatched(chain, { request, planner }) {
    const { target } = chain.step;
    return (0,promotion_request/* policyFor */.KV)(request, target) !== 'move' || planner.chainOf(target).length > 1;
}
/** Decides what happens to a chain that was looked at: `write` where its target is to be written again. */
async function settle_judge(chain, context, isLast) {
    const { request, planner, tags } = context;
    const { target } = chain.step;
    const changed = lastWrites(chain).filter(write => !planner.isSame(write.digest, tags.digestOf(write.target)));
    if (changed.length === 0)
        return 'done';
    const policy = (0,promotion_request/* policyFor */.KV)(request, target);
    let isOlder = false;
    if (policy === 'forward' &&
        planner.chainOf(target).length === 1 &&
        tags.stateOf(target).kind === 'present') {
        const step = await planner.stepFor(target);
        isOlder = step.verdict.kind === 'move';
        if (isOlder && !isLast) {
            chain.decide(step);
            return 'write';
        }
    }
    report(chain, changed, { context, ...((isOlder || policy === 'fail') && { error: contested(chain) }) });
    return 'done';
}
/** The last write to each tag of a chain. */
function lastWrites(chain) {
    return [...new Map(chain.writes.map(write => [(0,oci_reference/* formatReference */.FH)(write.target), write])).values()];
}
function report(chain, changed, { context: { tags, planner }, error }) {
    const rotation = planner.chainOf(chain.step.target);
    const held = rotation.map(target => tags.digestOf(target));
    for (const { target, digest } of changed) {
        const state = tags.stateOf(target);
        const known = chain.reportOf(target);
        if (state.kind === 'unreadable') {
            if (error !== undefined)
                chain.report(failed(known, state.error, undefined));
            continue;
        }
        const isLost = rotation.length > 1 && !held.some(found => planner.isSame(digest, found));
        const also = isLost ? `; no tag of the rotation holds ${digest} now` : '';
        chain.report(superseded(known, tags.digestOf(target), { also, ...(error && known.keeps === undefined && { error }) }));
    }
}
function contested(chain) {
    const name = (0,oci_reference/* formatReference */.FH)(chain.step.target);
    return new errors/* PromotionError */.g1('TARGET_PROTECTED', `${name} was written by this run, and by another job after it`, {
        advice: 'Two jobs write this tag at the same time. Find out which image it is to have, and let one job alone write it.'
    });
}

;// CONCATENATED MODULE: ./src/promote/tag.ts











/**
 * Carries out a plan: first the tags that a registry does not let read, for it may deny their writes too; then those that are new,
 * of all images; then those that move, each after the tags that keep its earlier images. A plan with a refusal writes nothing.
 * After a failed write or a late refusal, or when the job is cancelled, no other is begun; those under way are finished. Tags that
 * must not be lost to another job are looked at once more at the end.
 */
async function writeTags(planned, context, onFailure) {
    const { request, planner, tags } = context;
    // After a copy, a wait or a slow registry the look is old: what changed since may be a refusal, and nothing is written yet.
    const plan = (await tags.refresh((0,promotion_request/* tagsOf */.Fg)(request))) ? await planner.plan() : planned;
    if (isRefused(plan))
        return preview(plan);
    const chains = plan.steps.map(step => new Chain(step));
    const writer = new TagWriter(context);
    for (const kind of ['overwrite', 'create', 'move'])
        await inParallel(chains, chain => writer.write(chain, kind));
    if (writer.stop !== undefined && onFailure === 'restore')
        await inParallel(chains, chain => rollBack(chain, context));
    else
        await settle(chains, context, chain => writer.write(chain, 'move'));
    return chains.flatMap(chain => chain.reports());
}
/** Tells whether a chain is to be written among tags of a kind; among those that move, whatever is left. */
function isDue({ step }, kind) {
    return kind === 'move' || step.verdict.kind === kind;
}
/** Writes chains, and stops when one of them cannot be written. */
class TagWriter {
    /** Why no other write is begun; undefined while all goes well. */
    stop;
    #context;
    /** Resolves once every unconfirmed write has been looked at. */
    #unconfirmed = Promise.resolve();
    constructor(context) {
        this.#context = context;
    }
    /** Writes what is pending of a chain. Among the new tags, one that has turned out to exist is left for later. */
    async write(chain, kind) {
        for (let next = chain.pending[0]; next !== undefined && isDue(chain, kind); next = chain.pending[0]) {
            await this.#unconfirmed;
            const isChanged = this.#mayWrite() && (await this.#isChanged(chain));
            if (!this.#mayWrite())
                this.#giveUp(chain);
            else if (isChanged)
                await this.#decideAnew(chain);
            else
                await this.#writeNext(chain, next);
        }
    }
    /** Looks again at the tags of a chain whose last look is too old. */
    #isChanged(chain) {
        const { tags, planner } = this.#context;
        return tags.refresh(planner.chainOf(chain.step.target));
    }
    async #decideAnew(chain) {
        chain.decide(await this.#context.planner.stepFor(chain.step.target));
        if (chain.isRefused)
            this.stop ??= 'another target was refused';
    }
    #mayWrite() {
        if (this.#context.signal.aborted)
            this.stop ??= 'the job was cancelled';
        return this.stop === undefined;
    }
    #giveUp(chain) {
        const reason = `not written, because ${this.stop ?? 'another write failed'}`;
        for (const { target } of chain.pending)
            chain.report(notAttempted(chain.reportOf(target), reason));
        chain.pending = [];
    }
    async #writeNext(chain, { target, verdict }) {
        if (verdict.kind !== 'create' && verdict.kind !== 'move' && verdict.kind !== 'overwrite')
            throw new Error('only these are written');
        const { registry, planner, tags } = this.#context;
        const previous = verdict.kind === 'move' ? verdict.previous : undefined;
        const write = { target, digest: verdict.digest, previous };
        try {
            const isExpected = verdict.kind === 'overwrite' ? undefined : (now) => now === previous;
            await registry.putManifest(target, planner.manifestOf(verdict.digest), isExpected);
            tags.note(target, verdict.digest);
            chain.writes.push(write);
            chain.pending.shift();
        }
        catch (error) {
            if (error instanceof TagChangedError) {
                tags.note(target, error.found);
                await this.#decideAnew(chain);
            }
            else {
                this.#unconfirmed = this.#unconfirmed.then(() => this.#resolve(chain, write, error));
                await this.#unconfirmed;
            }
        }
    }
    /** Resolves an unconfirmed write by reading the tag. */
    async #resolve(chain, write, error) {
        const { target, digest } = write;
        const explained = (0,errors/* during */.iW)(`tagging ${(0,oci_reference/* formatReference */.FH)(target)}`, error);
        if (!(explained instanceof errors/* PromotionError */.g1))
            throw explained;
        const { registry, planner, tags } = this.#context;
        const now = await observe(target, registry);
        if (now !== undefined)
            tags.note(target, now.digest);
        // It may be done: only what is known to be another image is certainly not this write's.
        const isDone = planner.isSame(digest, now?.digest);
        if (now === undefined || isDone)
            chain.writes.push(write);
        chain.pending.shift();
        // The answer may have been lost, or another job have done the same; but a registry that changes manifests is not trusted.
        if (isDone && explained.code !== 'DIGEST_MISMATCH')
            return;
        chain.report(failed(chain.reportOf(target), explained, now));
        this.stop ??= 'another write failed';
        this.#giveUp(chain);
    }
}

;// CONCATENATED MODULE: ./src/promote/until-cancelled.ts
/** Does work that is abandoned at the signal. Only for reads. */
function untilCancelled(signal, work) {
    return new Promise((resolve, reject) => {
        const cancel = () => {
            reject(signal.reason);
        };
        if (signal.aborted) {
            cancel();
            return;
        }
        signal.addEventListener('abort', cancel, { once: true });
        work().then(resolve, reject);
    });
}
/** Begins no write after the signal; those under way are finished. */
function writingUntilCancelled(signal, registry) {
    const guard = (write) => async (...asked) => {
        signal.throwIfAborted();
        return write(...asked);
    };
    return {
        putManifest: guard((reference, manifest, isExpected) => registry.putManifest(reference, manifest, isExpected)),
        placeBlob: guard((placement, onBytes) => registry.placeBlob(placement, onBytes)),
        attachReferrers: guard((repository, subject, referrers) => registry.attachReferrers(repository, subject, referrers))
    };
}

;// CONCATENATED MODULE: ./src/promote/promote.ts
/** The whole product: inspect, plan, copy, tag. */












/** Carries out a request and reports the outcome, including what the registries refused or failed at. */
async function promote(request, options, dependencies) {
    const { registry, clock, progress, signal } = dependencies;
    const { dryRun, waitForSource: limit } = options;
    const nothing = { dryRun, copied: nothingCopied, warnings: [] };
    try {
        const readers = { reader: caching(registry), tags: new TagReader(registry, clock) };
        const inspection = await untilCancelled(signal, () => inspect(request, readers, { limit, clock, progress }));
        if (inspection.kind === 'rejected') {
            const targets = abandoned(request, 'nothing was written, because not every source can be promoted');
            return { ...nothing, sources: inspection.sources, targets };
        }
        const { facts } = inspection;
        const planned = plan(request, facts);
        progress.planned(request, planned);
        const planner = new Planner(request, { facts, planned }, readers);
        const context = { ...dependencies, ...readers, request, planner };
        const isPreview = dryRun || isRefused(planned);
        const done = isPreview ? foresee(planned) : await carryOut(planned, options, context);
        const warnings = [...planned.warnings, ...done.warnings];
        return { ...done, dryRun, sources: sourceReports(request, planned.sources), warnings };
    }
    catch (error) {
        if (!(error instanceof errors/* PromotionError */.g1))
            throw error;
        const why = signal.aborted ? 'the job was cancelled' : 'not everything could be read';
        const targets = abandoned(request, `nothing was written, because ${why}`);
        return { ...nothing, sources: sourceReports(request, []), targets, error };
    }
}
/** Executes a plan. A plan with a refusal writes nothing. */
function foresee(planned) {
    const copies = isRefused(planned) ? [] : planned.copies;
    return {
        targets: preview(planned),
        copied: expectCopied(copies),
        warnings: copies.flatMap(copy => copy.warnings)
    };
}
/** Copies, then tags: no tag is written anywhere before all content is in place everywhere. */
async function carryOut(planned, { onFailure }, context) {
    const { registry, progress, signal } = context;
    const writer = writingUntilCancelled(signal, registry);
    const { failure, ...copying } = await copyGraphs(planned.copies, writer, event => {
        progress.copying(event);
    });
    if (failure)
        return { ...copying, targets: previewUncopied(planned), error: failure.error };
    const targets = await writeTags(planned, context, onFailure);
    const isCutShort = signal.aborted && targets.some(({ outcome }) => outcome === 'not-attempted');
    return { ...copying, targets, ...(isCutShort && { error: signal.reason }) };
}

;// CONCATENATED MODULE: ./src/registry/http/deadline.ts
/** Watches an exchange, and ends it when it makes no progress, is too slow, or takes too long. */

/** The lowest average rate over a window, in bytes per millisecond. */
const SLOWEST_RATE = 8;
const WINDOW = 120_000;
/** In milliseconds: the limit for a stream of any claimed size. */
const LONGEST_STREAM = 6 * 3_600_000;
/** The deadline of contract.md: 30 seconds without progress; five minutes in all. */
const standardDeadline = { idle: 30_000, total: 300_000 };
/** Extends the deadline for a streamed body of a given size, by at most six hours. */
function deadlineFor(bytes, { idle, total }) {
    return { idle, total: total + Math.min(bytes / SLOWEST_RATE, LONGEST_STREAM) };
}
/** One exchange under a deadline: its signal is aborted with a `TIMED_OUT` error when the deadline passes. */
class Watch {
    #controller = new AbortController();
    /** Names the exchange. */
    what;
    #deadline;
    #ended;
    #idle;
    /** Whether silence ends the exchange, and whether the time that passes counts. */
    #isTimed = true;
    #isCounted = true;
    #since = performance.now();
    /** Time spent waiting for the other side: in total, and in this window, with the bytes transferred in it. */
    #waited = 0;
    #window = 0;
    #bytes = 0;
    /** `ended` is called when the exchange ends. */
    constructor(what, deadline, ended) {
        this.what = what;
        this.#deadline = deadline;
        this.#ended = ended;
        this.#idle = this.#expectWithin(deadline.idle);
    }
    /** Aborted when the deadline has passed. */
    get signal() {
        return this.#controller.signal;
    }
    /** Records bytes sent or received; 0 records that the other side has answered, or that waiting for it resumes. */
    progress(bytes) {
        this.#count();
        this.#isTimed = this.#isCounted = true;
        this.#idle.refresh();
        this.#bytes += bytes;
        if (this.#waited >= this.#deadline.total)
            this.#expire(`not finished after ${seconds(this.#deadline.total)}`);
        if (this.#window >= WINDOW)
            this.#endWindow();
    }
    /** Stops the clock until the next progress: this side is not ready. */
    pause() {
        this.#count();
        this.#isTimed = this.#isCounted = false;
    }
    /** Allows the other side some milliseconds of work before the next progress; they do not count towards the deadline. */
    allow(idle) {
        this.#count();
        this.#isTimed = true;
        this.#isCounted = false;
        clearTimeout(this.#idle);
        this.#idle = this.#expectWithin(idle);
    }
    /** Ends the exchange with an error of this side. */
    fail(error) {
        this.#controller.abort(error);
    }
    /** Ends the watch; must be called however the exchange ended. */
    end() {
        clearTimeout(this.#idle);
        this.#ended(this);
    }
    #count() {
        const now = performance.now();
        const passed = this.#isCounted ? now - this.#since : 0;
        this.#since = now;
        this.#waited += passed;
        this.#window += passed;
    }
    #endWindow() {
        if (this.#bytes < this.#window * SLOWEST_RATE)
            this.#expire(`less than ${SLOWEST_RATE.toString()} kB/s for ${seconds(WINDOW)}`);
        this.#window = this.#bytes = 0;
    }
    #expectWithin(idle) {
        return setTimeout(() => {
            if (this.#isTimed)
                this.#expire(`no answer for ${seconds(idle)}`);
        }, idle);
    }
    #expire(why) {
        const advice = 'The registry, or the network between, is too slow or does not respond. Run the job again.';
        this.#controller.abort(new errors/* PromotionError */.g1('TIMED_OUT', `${this.what}: ${why}`, { advice }));
    }
}
function seconds(milliseconds) {
    return `${(milliseconds / 1000).toString()} s`;
}

;// CONCATENATED MODULE: ./src/registry/http/redact.ts
/** The secrets of a run: they are replaced in everything that servers send, before any other layer sees it, and in all output. */


const REPLACEMENT = '***';
/** The shortest secret that is replaced, in UTF-16 code units: shorter ones occur in most texts. */
const SHORTEST_SECRET = 4;
// A password such as "registry" may occur in a header that Retag needs, a Location or a challenge.
const PLAIN_WORD = /^[a-z]*$|^[A-Z]*$|^.{0,7}$/;
/**
 * The secrets that are known so far, in every form in which a server may quote them. Those shorter than {@link SHORTEST_SECRET}
 * are left to the runner's masks.
 */
class Secrets {
    /** The longest first: a pair holds its password. */
    #forms = [];
    #mask;
    /** `mask` hides a secret in the log; it is called with each as soon as it is known. */
    constructor(mask = () => undefined) {
        this.#mask = mask;
    }
    /** Adds a secret. */
    add(secret) {
        this.#mask(secret);
        if (secret.length < SHORTEST_SECRET)
            return;
        const forms = formsOf(secret).filter(form => form.length >= SHORTEST_SECRET);
        this.#forms = [...new Set([...this.#forms, ...forms])].sort((a, b) => b.length - a.length);
    }
    /** Replaces every secret in a text. */
    redact(text) {
        return this.#replace(text, this.#forms);
    }
    /** Replaces every secret except plain words and what the request itself contains: a repository may have the name of its password. */
    redactHeader(value, { url }) {
        const forms = this.#forms.filter(form => !PLAIN_WORD.test(form) && !url.href.includes(form));
        return this.#replace(value, forms);
    }
    /** Replaces every secret in a truncated text, including one that was cut in two. */
    redactCut(text) {
        const redacted = this.redact(text);
        const split = Math.max(0, ...this.#forms.map(form => splitLength(redacted, form)));
        return split === 0 ? redacted : redacted.slice(0, -split) + REPLACEMENT;
    }
    #replace(text, forms) {
        return forms.reduce((left, form) => left.replaceAll(form, REPLACEMENT), text);
    }
}
/**
 * Replaces known secrets in all headers, in the bodies of all but successful responses, and in errors. Successful bodies are
 * content: a token server may return the same token again, and a manifest has a digest.
 */
function redacting(send, secrets) {
    return async (request) => {
        try {
            return redacted(request, await send(request), secrets);
        }
        catch (error) {
            if (!(error instanceof errors/* PromotionError */.g1))
                throw error;
            const message = secrets.redact(error.message);
            if (message === error.message)
                throw error;
            throw new errors/* PromotionError */.g1(error.code, message, { advice: error.advice, cause: error.cause });
        }
    };
}
function redacted(request, response, secrets) {
    const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [
        name,
        value === undefined ? value : secrets.redactHeader(value, request)
    ]));
    const isSuccess = response.status >= 200 && response.status < 300;
    return { ...response, headers, body: isSuccess ? response.body : redactedBody(response, secrets) };
}
function redactedBody({ body, truncated }, secrets) {
    // A character that was cut in two is dropped.
    const text = new TextDecoder().decode(body, { stream: truncated });
    const result = redactedText(text, truncated, secrets);
    return result === text ? body : Buffer.from(result);
}
function redactedText(text, truncated, secrets) {
    if (truncated)
        return secrets.redactCut(text);
    try {
        // JSON may escape any character: the parsed text counts.
        const read = JSON.stringify(JSON.parse(text));
        const clean = JSON.stringify(JSON.parse(text), (_, value) => redactedValue(value, secrets));
        return clean === read ? text : clean;
    }
    catch {
        return secrets.redact(text);
    }
}
function redactedValue(value, secrets) {
    if (typeof value === 'string')
        return secrets.redact(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
        return value;
    return Object.fromEntries(Object.entries(value).map(([name, held]) => [secrets.redact(name), held]));
}
/** The forms in which a server may quote a secret: unchanged, and encoded for a URL, a form, JSON, HTML and a header. */
function formsOf(secret) {
    const percent = percentEncoded(secret);
    const base64 = Buffer.from(secret).toString('base64');
    return [
        secret,
        secret.trim(),
        (0,printable/* printable */.g)(secret),
        percent,
        percent.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
        new URLSearchParams([['', secret]]).toString().slice(1),
        JSON.stringify(secret).slice(1, -1),
        htmlEncoded(secret),
        ...[base64, percentEncoded(base64), base64.replace(/=+$/, ''), Buffer.from(secret).toString('base64url')]
    ];
}
function percentEncoded(text) {
    return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
}
function htmlEncoded(text) {
    const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
    return text.replace(/[&<>"]/g, character => names[character] ?? character);
}
/** Returns the length of the longest prefix of a secret that a text ends with. */
function splitLength(text, form) {
    for (let length = Math.min(form.length - 1, text.length); length > 0; length--)
        if (text.endsWith(form.slice(0, length)))
            return length;
    return 0;
}

// EXTERNAL MODULE: ./src/registry/http/message.ts
var http_message = __webpack_require__(311);
;// CONCATENATED MODULE: ./src/registry/http/encoding.ts
/**
 * Content encodings. Digests cover the bytes as sent, and a decompressed body may be of any size: Retag asks for none
 * (`accept-encoding: identity`) and decodes none.
 */



/**
 * Passes on a response without content encoding. The body of an encoded error is dropped. Throws `REGISTRY_REJECTED` for an
 * encoded body that Retag would parse; streams are checked by digest instead, because some stores send a wrong encoding.
 */
function unencoded(request, response) {
    const encoding = (response.headers['content-encoding'] ?? '').trim();
    if (response.body.length === 0 || /^(?:identity)?$/i.test(encoding))
        return response;
    if (response.status >= 400)
        return { ...response, body: new Uint8Array() };
    if (request.method !== 'GET' || response.status !== 200)
        return response;
    throw new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${(0,http_message/* describeRequest */.Ng)(request)}: the response is encoded ("${(0,printable/* printable */.g)(encoding)}") although Retag asked for identity`, { advice: 'This is usually a proxy. Configure it to pass responses through unchanged.' });
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(75);
;// CONCATENATED MODULE: ./src/registry/http/body.ts
/** Request and response bodies as streams: every chunk counts as progress, and only the other side is timed. */

const CHUNK_BYTES = 64 * 1024;
// In chunks: enough to keep the socket busy until the next one arrives.
const AHEAD = 2;
/**
 * Streams a request's body, so that its bytes are sent unchanged. The response may take `verdict` milliseconds: a
 * registry hashes a blob, and may move it to another store, before it answers.
 */
function outgoing(body, watch, verdict) {
    const pieces = body instanceof Uint8Array ? slices(body) : body.open();
    const stream = external_node_stream_.Readable.from(paced(pieces, watch, verdict), { highWaterMark: AHEAD });
    stream.on('error', error => {
        watch.fail(error);
    });
    return stream;
}
/** Reads a body, at most `limit` bytes of it. */
async function receive(message, limit, watch) {
    const received = [];
    let size = 0;
    for await (const chunk of message) {
        watch.progress(chunk.length);
        received.push(chunk);
        size += chunk.length;
        if (size > limit)
            break;
    }
    return { body: Buffer.concat(received, Math.min(size, limit)), truncated: size > limit };
}
/** Streams a response's body. `explain` converts an error of the stream to the one that its reader gets. */
function incoming(message, watch, explain) {
    // Until it is read, this side is the slow one.
    watch.pause();
    return {
        async *[Symbol.asyncIterator]() {
            try {
                watch.progress(0);
                for await (const chunk of message) {
                    watch.progress(chunk.length);
                    watch.pause();
                    yield chunk;
                    watch.progress(0);
                }
            }
            catch (error) {
                throw explain(error);
            }
            finally {
                watch.end();
            }
        },
        cancel: () => {
            watch.end();
            message.destroy();
        }
    };
}
async function* paced(pieces, watch, verdict) {
    watch.pause();
    for await (const piece of pieces) {
        watch.progress(0);
        yield piece;
        watch.progress(piece.length);
        watch.pause();
    }
    watch.allow(verdict);
}
function* slices(body) {
    for (let start = 0; start < body.length; start += CHUNK_BYTES)
        yield body.subarray(start, start + CHUNK_BYTES);
}

;// CONCATENATED MODULE: ./src/registry/http/exchange.ts

/** How much of an error's body is read, in bytes: enough for every registry's explanation (oras). */
const MAXIMUM_ERROR_BYTES = 8 * 1024;
// In bytes per millisecond, of a slow store.
const JUDGING_RATE = 4_000;
/** Carries out an exchange; the watch ends with it, or with the streamed body that it returns. */
async function exchange(request, means) {
    const { pool, watch, deadline } = means;
    const explain = (error) => watch.signal.aborted ? watch.signal.reason : means.explain(error);
    const upload = request.body && outgoing(request.body, watch, verdictWithin(request.body, deadline));
    try {
        const sent = pool.send(optionsOf(request, watch.signal), upload);
        // Node does not abort a request that is waiting for a connection, as it does for ever if a proxy does not answer.
        const message = await Promise.race([sent, aborted(watch.signal)]);
        watch.progress(0);
        if (isStreamed(request, message))
            return { ...headOf(request, message), ...nothing, stream: incoming(message, watch, explain) };
        const response = await receiveAll(request, message, watch);
        // The registry refused before the whole body was sent: do not send the rest.
        if (response.status >= 400 && upload?.readableEnded === false)
            watch.fail(response);
        watch.end();
        return response;
    }
    catch (error) {
        watch.end();
        throw explain(error);
    }
    finally {
        upload?.destroy();
    }
}
const nothing = { body: new Uint8Array(), truncated: false };
function isStreamed({ streamed }, { statusCode }) {
    return streamed === true && (statusCode === 200 || statusCode === 206);
}
function headOf({ url }, message) {
    return { status: message.statusCode ?? 0, headers: joined(message.headers), url };
}
async function receiveAll(request, message, watch) {
    const head = headOf(request, message);
    const limit = head.status >= 400 ? MAXIMUM_ERROR_BYTES : request.limit;
    return { ...head, ...(await receive(message, limit, watch)) };
}
function optionsOf({ method, url, headers, body }, signal) {
    return {
        method,
        path: url.pathname + url.search,
        headers: {
            host: url.host,
            'user-agent': 'retag',
            'accept-encoding': 'identity',
            ...headers,
            ...(body && { 'content-length': body.length })
        },
        signal
    };
}
function aborted(signal) {
    return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
            reject(signal.reason);
        });
    });
}
/** How long a registry may take to respond to a body: it computes a blob's digest, and may move the blob to another store. */
function verdictWithin(body, { idle }) {
    return body instanceof Uint8Array ? idle : idle + body.length / JUDGING_RATE;
}
function joined(headers) {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
}

;// CONCATENATED MODULE: ./src/registry/http/network-error.ts
/** Explains network errors: unknown host, refused or reset connection, untrusted certificate. */




const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME/;
const UNKNOWN_ISSUER = /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?))$/;
// Alerts of servers that got no client certificate.
const NO_CLIENT_CERTIFICATE = /^ERR_SSL_(?:TLSV13_ALERT_CERTIFICATE_REQUIRED|SSLV3_ALERT_(?:BAD_CERTIFICATE|HANDSHAKE_FAILURE))$/;
const meanings = [
    {
        codes: /^(?:ENOTFOUND|EAI_NODATA)$/,
        message: 'there is no such host',
        advice: 'Check the spelling of the registry, and that the runner can resolve its name.'
    },
    {
        codes: /^EAI_AGAIN$/,
        message: 'its name cannot be resolved at the moment',
        advice: 'Check the spelling of the registry, and that the runner can resolve names.',
        isPassing: true
    },
    {
        codes: /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EACCES)$/,
        message: 'the connection was refused',
        advice: 'Check the host and port, that the registry is running, and that the runner may reach it.'
    },
    {
        codes: NO_CLIENT_CERTIFICATE,
        message: 'it requires a client certificate, or rejects the one that was sent',
        advice: 'Put the certificate and its key where Docker looks for them: /etc/docker/certs.d/HOST:PORT/client.cert and client.key.'
    },
    {
        codes: CERTIFICATE,
        message: 'its TLS certificate is not trusted',
        advice: 'Put the PEM file of a private certificate authority where Docker looks for it (/etc/docker/certs.d/HOST:PORT/ca.crt), into ' +
            "the system's store, or name it in NODE_EXTRA_CA_CERTS, in env of the job."
    },
    {
        codes: /^(?:EPROTO|ERR_SSL_.*)$/,
        message: 'it does not speak TLS as expected',
        advice: 'If this registry speaks plain HTTP, list it in insecure-registries.'
    },
    {
        codes: /^HPE_/,
        message: 'its answer is not well-formed HTTP',
        advice: 'Some registries do this when they rate-limit (429). Wait a minute and run the job again.',
        isPassing: true
    }
];
// The first byte of the record (RFC 8446, 5.1).
const TLS_ALERT = 21;
const wantsTls = {
    message: 'it speaks TLS, but the request was plain HTTP',
    advice: 'Remove it from insecure-registries.'
};
const broken = {
    message: 'the connection broke',
    advice: 'Run the job again. If it keeps happening, check the health of the registry.',
    isPassing: true
};
// The messages of tunnel, which http-client uses for proxies.
const NO_TUNNEL = /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=.*?\b(E[A-Z]{3,}))/s;
/** Converts Node's error for a failed exchange, through `proxy` if there is one, to `REGISTRY_UNAVAILABLE`. */
function networkError(request, error, proxy) {
    const { message, advice } = meaningOf(error, proxy);
    const said = (0,printable/* printable */.g)(network_error_textOf(firstOf(error), 'message') || codeOf(error));
    return new errors/* PromotionError */.g1('REGISTRY_UNAVAILABLE', `${(0,http_message/* describeRequest */.Ng)(request)}: ${message} (${said})`, {
        advice,
        cause: error
    });
}
/** Tells whether an error of {@link networkError} is worth a retry. */
function isPassing({ code, cause }) {
    return code === 'REGISTRY_UNAVAILABLE' && cause !== undefined && meaningOf(cause).isPassing === true;
}
/** Tells whether the connection was refused, so that the request was not sent. */
function isConnectionRefused({ cause }) {
    return codeOf(cause) === 'ECONNREFUSED';
}
/** Tells whether Node's error says that either side rejected a certificate. */
function isCertificateError(error) {
    const code = codeOf(error);
    return CERTIFICATE.test(code) || NO_CLIENT_CERTIFICATE.test(code);
}
/** Tells whether a server answered HTTP with a TLS alert: it speaks TLS. */
function isTlsAlert(error) {
    return (0,oci_json/* isObject */.Gv)(error) && error.rawPacket instanceof Uint8Array && error.rawPacket[0] === TLS_ALERT;
}
/** Tells whether an error of {@link networkError} is a handshake that failed because of an unknown authority or a client certificate. */
function isUntrusted(error) {
    const code = error instanceof errors/* PromotionError */.g1 ? codeOf(error.cause) : '';
    return UNKNOWN_ISSUER.test(code) || NO_CLIENT_CERTIFICATE.test(code);
}
function meaningOf(error, proxy = '') {
    const noTunnel = NO_TUNNEL.exec(network_error_textOf(error, 'message'));
    if (noTunnel)
        return meaningOfTunnel(noTunnel, `the proxy ${proxy}`);
    if (isTlsAlert(error))
        return wantsTls;
    const code = codeOf(error);
    return meanings.find(({ codes }) => codes.test(code)) ?? broken;
}
function meaningOfTunnel([, status, code], proxy) {
    if (status === undefined)
        return {
            message: `${proxy} cannot be reached`,
            advice: 'Check https_proxy, and that the proxy is running.',
            ...(!['ECONNREFUSED', 'ENOTFOUND'].includes(code ?? '') && { isPassing: true })
        };
    if (status === '407')
        return {
            message: `${proxy} requires a login, or rejects the one that was sent`,
            advice: 'Write http://USER:PASSWORD@HOST:PORT in https_proxy, with special characters percent-encoded.'
        };
    return {
        message: `${proxy} does not connect to the registry`,
        advice: 'Ask its administrator to allow the host, or list the host in no_proxy if the runner reaches it directly.',
        ...(['429', '502', '503', '504'].includes(status) && { isPassing: true })
    };
}
function codeOf(error) {
    return network_error_textOf(firstOf(error), 'code');
}
/** For a host with several addresses, Node wraps an error for each. */
function firstOf(error) {
    return (0,oci_json/* isObject */.Gv)(error) && Array.isArray(error.errors) ? (error.errors[0] ?? error) : error;
}
function network_error_textOf(error, field) {
    const text = (0,oci_json/* isObject */.Gv)(error) ? error[field] : undefined;
    return typeof text === 'string' ? text : '';
}

// EXTERNAL MODULE: ./src/registry/http/addresses.ts + 1 modules
var http_addresses = __webpack_require__(551);
// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/index.js + 1 modules
var lib = __webpack_require__(942);
// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(67);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(708);
// EXTERNAL MODULE: ./src/registry/http/early-connections.ts
var early_connections = __webpack_require__(251);
;// CONCATENATED MODULE: ./src/registry/http/preconnect.ts

/** Opens connections early for an agent, which uses them before it opens its own. */
class Preconnector {
    #agent;
    #create;
    #most;
    #early = new Set();
    #last;
    /** How many to open as soon as the pending connection is established. */
    #waiting = 0;
    /** `most` limits all connections, including early ones. `first` becomes the agent's first connection. */
    constructor(agent, most, first) {
        const own = agent;
        this.#agent = agent;
        this.#most = most;
        this.#create = own.createConnection.bind(agent);
        let next = first;
        own.createConnection = (options, created) => {
            const adopted = next;
            next = undefined;
            return adopted ? this.#adopt(adopted, options, created) : (this.#take() ?? this.#open(options, created));
        };
    }
    /**
     * Opens another connection like the agent's last one, to the same address, as soon as that one is established: before that the name
     * is not resolved. A connection that fails is dropped; the request that would have used it opens its own.
     */
    preconnect() {
        const first = this.#last?.socket;
        if (first?.connecting !== true)
            this.#openEarly();
        else if (this.#waiting++ === 0)
            first.once('connect', () => {
                for (; this.#waiting > 0; this.#waiting--)
                    this.#openEarly();
            });
    }
    /** Closes the early connections that were not used. */
    close() {
        for (const socket of this.#early)
            socket.destroy();
    }
    #open(options, created) {
        const socket = this.#create(options, created);
        this.#last = { socket, options };
        return socket;
    }
    /** Gives the agent a connection, in TLS if the agent speaks that; later, by `created`, if it is not established yet. */
    #adopt(socket, options, created) {
        this.#last = { socket, options };
        const adopted = () => this.#agent.protocol === 'https:' ? this.#create({ ...options, socket }) : socket;
        if (!socket.connecting)
            return adopted();
        // The agent counts a connection when it has it.
        this.#agent.maxSockets--;
        const settle = (error) => {
            this.#agent.maxSockets++;
            socket.off('connect', connected).off('error', settle);
            if (error)
                created?.(error);
            else
                created?.(null, adopted());
        };
        const connected = () => {
            settle(null);
        };
        socket.on('connect', connected).on('error', settle);
        return undefined;
    }
    #openEarly() {
        const { sockets, freeSockets } = this.#agent;
        if (!this.#last || this.#early.size + count(sockets) + count(freeSockets) >= this.#most)
            return;
        const { socket: { remoteAddress }, options } = this.#last;
        if (remoteAddress === undefined)
            return;
        const socket = this.#create({ ...options, host: remoteAddress });
        this.#early.add(socket);
        socket.on('error', preconnect_ignore).on('close', () => this.#early.delete(socket));
    }
    #take() {
        for (const socket of this.#early) {
            this.#early.delete(socket);
            if ((0,early_connections/* isUsable */.Ng)(socket))
                return socket.off('error', preconnect_ignore);
            socket.destroy();
        }
        return undefined;
    }
}
function count(sockets) {
    return Object.values(sockets).reduce((sum, list) => sum + (list?.length ?? 0), 0);
}
function preconnect_ignore() {
    // The request that would have used it opens its own connection.
}

// EXTERNAL MODULE: ./src/registry/http/proxy.ts
var http_proxy = __webpack_require__(304);
;// CONCATENATED MODULE: ./src/registry/http/pool.ts
/** The connections to one origin. The only module that imports @actions/http-client: docs/adr/0003-own-http-behaviour.md. */







/** The most connections to one origin. */
const MAXIMUM_SOCKETS = 32;
// http-client would close a socket after three idle minutes, even if this side is the slow one; the deadline decides instead.
const NEVER = 2 ** 31 - 1;
/** Opens a pool for an origin. It connects to nothing before the first request. Throws `INPUT_INVALID` for an invalid proxy. */
function openPool(origin, { lookup, secureContext, first }) {
    const proxy = (0,http_proxy/* proxyFor */.i)(origin, process.env);
    const client = new lib/* HttpClient */.Qq('retag', [], {
        keepAlive: true,
        maxSockets: MAXIMUM_SOCKETS,
        socketTimeout: NEVER
    });
    const isSecure = origin.protocol === 'https:';
    const httpModule = isSecure ? external_node_https_ : external_node_http_;
    // http-client's own agent would use the proxy despite entries of no_proxy that it does not support.
    const direct = proxy ? undefined : new httpModule.Agent({ keepAlive: true, maxSockets: MAXIMUM_SOCKETS });
    const agent = direct ?? client.getAgent(origin.href);
    // http-client's agent has options too; its type does not say so.
    if (secureContext)
        Object.assign(agent.options, { secureContext });
    const early = direct && new Preconnector(direct, MAXIMUM_SOCKETS, first);
    const address = { ...(0,early_connections/* addressOf */.ci)(origin), agent, lookup };
    return {
        proxy: proxy?.host,
        send: async (options, body) => {
            const info = {
                options: { ...options, ...address },
                parsedUrl: origin,
                httpModule: refusingUpgrades(httpModule)
            };
            const { message } = await client.requestRaw(info, body ?? null);
            return message;
        },
        preconnect: () => early?.preconnect(),
        close: () => {
            client.dispose();
            direct?.destroy();
            early?.close();
        }
    };
}
/** Ends a request that is answered with 101 (RFC 9110, 15.2.2), which Node would not report. */
function refusingUpgrades(module) {
    const request = (options, answered) => {
        const sent = module.request(options, answered);
        return sent.once('upgrade', (_, socket) => {
            socket.destroy();
            sent.emit('error', switched());
        });
    };
    // Only this is called. Copying the whole module would load its WebSocket, and with it all of undici: 40 ms.
    return { request };
}
function switched() {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', 'it switches to another protocol (101), which was not requested', {
        advice: 'Check the name of the registry. A proxy may be answering for it.'
    });
}

// EXTERNAL MODULE: external "node:fs/promises"
var external_node_fs_promises_ = __webpack_require__(455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(760);
// EXTERNAL MODULE: external "node:tls"
var external_node_tls_ = __webpack_require__(930);
;// CONCATENATED MODULE: ./src/registry/http/trust.ts
/**
 * What Docker trusts on this machine and Node does not: the system's certificate authorities, and for a single host those in
 * `/etc/docker/certs.d/HOST`, with a client certificate (docs.docker.com, *Verify repository client with certificates*):
 *
 *     NAME.crt               certificate authorities
 *     NAME.cert, NAME.key    a client certificate and its key; the first pair is used
 *
 * Read only after a handshake has failed. Verification is never turned off.
 */






// Where Go, and so Docker, looks (crypto/x509, root_linux.go).
const BUNDLES = [
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt',
    '/etc/ssl/ca-bundle.pem',
    '/etc/pki/tls/cacert.pem',
    '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    '/etc/ssl/cert.pem'
];
/** The largest file that is read, in bytes: a system's authorities take about 250 kB. */
const MAXIMUM_BYTES = 4 * 1024 * 1024;
/** Returns the places of a machine. */
function certificatePlaces(env, platform) {
    const { ProgramData = 'C:\\ProgramData', SSL_CERT_FILE: bundle, NODE_EXTRA_CA_CERTS: extra } = env;
    return {
        docker: platform === 'win32' ? (0,external_node_path_.join)(ProgramData, 'docker', 'certs.d') : '/etc/docker/certs.d',
        bundles: bundle ? [bundle] : BUNDLES,
        extra: extra === '' ? undefined : extra
    };
}
/** Creates a function that reads what to trust from these places. */
function trustIn(places) {
    return async (origin) => {
        const [system, extra, { authorities, client }] = await Promise.all([
            systemAuthorities(places),
            firstReadable(places.extra === undefined ? [] : [places.extra]),
            dockerCertificates(places.docker, origin)
        ]);
        const context = { ca: [...external_node_tls_.rootCertificates, ...extra, ...system, ...authorities] };
        if (client === undefined)
            return external_node_tls_.createSecureContext(context);
        try {
            return external_node_tls_.createSecureContext({ ...context, cert: client.cert, key: client.key });
        }
        catch (error) {
            throw trust_unusable(client.path, trust_codeOf(error));
        }
    };
}
async function systemAuthorities({ bundles }) {
    // Since Node 22.15.
    const { getCACertificates } = external_node_tls_;
    const known = getCACertificates?.('system') ?? [];
    return known.length > 0 ? known : firstReadable(bundles);
}
async function firstReadable(paths) {
    for (const path of paths) {
        try {
            return [await readStart(path)];
        }
        catch {
            // Other systems have others.
        }
    }
    return [];
}
async function dockerCertificates(directory, { host }) {
    // Windows allows no colon in names.
    const name = process.platform === 'win32' ? host.replaceAll(':', '') : host;
    // A host may consist of dots.
    if (name.startsWith('.'))
        return { authorities: [] };
    const folder = (0,external_node_path_.join)(directory, name);
    const names = (await namesIn(folder)).sort();
    const read = (name) => readOwn((0,external_node_path_.join)(folder, name));
    const authorities = await Promise.all(names.filter(name => name.endsWith('.crt')).map(read));
    const client = names.find(each => each.endsWith('.cert'));
    if (client === undefined)
        return { authorities };
    const [cert, key] = [await read(client), await read(client.replace(/cert$/, 'key'))];
    return { authorities, client: { path: (0,external_node_path_.join)(folder, client), cert, key } };
}
async function namesIn(folder) {
    try {
        return await (0,external_node_fs_promises_.readdir)(folder);
    }
    catch (error) {
        const code = trust_codeOf(error);
        if (code === 'ENOENT' || code === 'ENOTDIR')
            return [];
        throw trust_unusable(folder, code);
    }
}
async function readOwn(path) {
    try {
        return await readStart(path);
    }
    catch (error) {
        throw trust_unusable(path, trust_codeOf(error));
    }
}
async function readStart(path) {
    const file = await (0,external_node_fs_promises_.open)(path);
    try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(MAXIMUM_BYTES), 0, MAXIMUM_BYTES, 0);
        return buffer.toString('utf8', 0, bytesRead);
    }
    finally {
        await file.close();
    }
}
function trust_codeOf(error) {
    return (0,oci_json/* isObject */.Gv)(error) && typeof error.code === 'string' ? error.code : String(error);
}
function trust_unusable(path, why) {
    return new errors/* PromotionError */.g1('REGISTRY_UNAVAILABLE', `its TLS certificate is not trusted, and ${(0,printable/* printable */.g)(path)}, which Docker would use, cannot be used (${(0,printable/* printable */.g)(why)})`, { advice: 'Make it a PEM file that the user who runs this job can read, or remove it.' });
}

;// CONCATENATED MODULE: ./src/registry/http/pools.ts



/** All pools of a run. */
class Pools {
    #pools = new Map();
    #addresses;
    #early;
    #trustFor;
    #reading = new Map();
    #contexts = new Map();
    constructor({ early, addresses = early?.addresses ?? new http_addresses/* Addresses */.tb(), trustFor }) {
        this.#addresses = addresses;
        this.#early = early;
        this.#trustFor = trustFor ?? trustIn(certificatePlaces(process.env, process.platform));
    }
    /**
     * Returns the pool for a request. All requests of a pool share its connections, so requests that may reach nearer hosts have
     * another pool. Throws for a URL that is not HTTP, or that must not be connected to.
     */
    poolFor({ url, namedBy }) {
        const limit = this.#addresses.limitFor(url, namedBy);
        // Other schemes, such as blob:, have an origin too: Node would send to port 80 of localhost.
        if (!['http:', 'https:'].includes(url.protocol))
            throw new Error(`${url.protocol} is not HTTP`);
        this.#addresses.vetHost(url.hostname, limit);
        const key = this.#key(url, limit);
        const pool = this.#pools.get(key) ?? this.#open(url, limit);
        this.#pools.set(key, pool);
        return pool;
    }
    /** Tells whether connections to a URL trust what Docker trusts. */
    trustsMore({ origin }) {
        return this.#contexts.has(origin);
    }
    /** Makes connections to a URL trust what Docker trusts, from the next request on. Throws as {@link TrustFor} does. */
    trustMore(url) {
        const { origin } = url;
        const reading = this.#reading.get(origin) ??
            this.#trustFor(url).then(context => {
                this.#contexts.set(origin, context);
            });
        this.#reading.set(origin, reading);
        return reading;
    }
    /** Opens another connection to an origin that has had a request. */
    preconnect(url) {
        this.#pools.get(this.#key(url, 'loopback'))?.preconnect();
    }
    /** Breaks all connections. */
    close() {
        for (const pool of this.#pools.values())
            pool.close();
        this.#early?.close();
    }
    #open(url, limit) {
        return openPool(url, {
            lookup: this.#addresses.lookupWithin(limit),
            secureContext: this.#contexts.get(url.origin),
            first: this.#early?.take(url)
        });
    }
    #key(url, limit) {
        return `${url.origin} ${limit} ${this.trustsMore(url).toString()}`;
    }
}

;// CONCATENATED MODULE: ./src/registry/http/transport.ts
/** The lowest layer: sends requests over pools of connections. */







/** Creates a transport that keeps connections alive and honours `https_proxy` and `no_proxy`. */
function transport(deadline = standardDeadline, machine = {}) {
    const pools = new Pools(machine);
    const watches = new Set();
    let isClosed = false;
    const sendOnce = async (request) => {
        const what = (0,http_message/* describeRequest */.Ng)(request);
        if (isClosed)
            throw transport_closed(what);
        const explainedBy = (proxy) => (error) => error instanceof errors/* PromotionError */.g1 ? (0,errors/* during */.iW)(what, error) : networkError(request, error, proxy);
        const pool = transport_attempt(() => pools.poolFor(request), explainedBy());
        const explain = explainedBy(pool.proxy);
        const watch = new Watch(what, deadlineFor(streamedBytes(request), deadline), ended => {
            watches.delete(ended);
        });
        watches.add(watch);
        return unencoded(request, await exchange(request, { pool, watch, deadline, explain }));
    };
    return {
        send: sendingTrustfully(sendOnce, pools),
        preconnect: url => {
            pools.preconnect(url);
        },
        close: () => {
            isClosed = true;
            // Exchanges first: one that waits for a connection would open another when one closes.
            for (const watch of watches)
                watch.fail(transport_closed(watch.what));
            pools.close();
        }
    };
}
/**
 * Sends a request again if its handshake failed and Docker's certificates may help. A server that refuses a handshake has not
 * processed the request, so this is safe for writes too.
 */
function sendingTrustfully(send, pools) {
    return async (request) => {
        const { url } = request;
        if (pools.trustsMore(url))
            return send(request);
        try {
            const response = await send(request);
            if (!wantsCertificate(response))
                return response;
        }
        catch (error) {
            if (!isUntrusted(error))
                throw error;
        }
        await pools.trustMore(url).catch((error) => {
            throw (0,errors/* during */.iW)((0,http_message/* describeRequest */.Ng)(request), error);
        });
        return send(request);
    };
}
/** Quirk: nginx completes a handshake without the client certificate that it requires, and refuses the request. */
function wantsCertificate({ status, url, body }) {
    return (status === 400 &&
        url.protocol === 'https:' &&
        /no required SSL certificate/i.test(new TextDecoder().decode(body)));
}
function transport_attempt(work, explain) {
    try {
        return work();
    }
    catch (error) {
        throw explain(error);
    }
}
function transport_closed(what) {
    return new errors/* PromotionError */.g1('REGISTRY_UNAVAILABLE', `${what}: not finished when the run ended`);
}
function streamedBytes({ body, streamed, limit }) {
    return streamed === true ? limit : body === undefined || body instanceof Uint8Array ? 0 : body.length;
}

;// CONCATENATED MODULE: ./src/action/present/annotations.ts


const MAXIMUM_LINES = 10;
/** Makes the error annotation of a run; undefined when there is no error. */
function annotationOf(report) {
    const errors = errorsOf(report);
    const [first] = errors;
    if (first === undefined)
        return undefined;
    const unrestored = unrestoredTargets(report).map(({ target }) => (0,oci_reference/* formatReference */.FH)(target));
    const worst = unrestored.length === 0
        ? []
        : ['These tags could not be put back:', ...annotations_firstOf(unrestored), 'What went wrong:'];
    const lines = annotations_firstOf(annotations_distinct(errors.map(({ message }) => message)));
    const advice = annotations_distinct(errors.flatMap((error) => error.advice ?? []));
    return {
        title: `Retag: ${first.code}${unrestored.length === 0 ? '' : ', and tags are not as they were'}`,
        message: [...worst, ...lines, ...advice.slice(0, MAXIMUM_LINES)].join('\n')
    };
}
/** Makes the warnings of a run: tags kept because the image is older, tags moved on by another job, and what else the user should know. */
function annotations_warningsOf({ targets, warnings }) {
    const kept = targets.filter(({ outcome, comparison }) => outcome === 'kept' && comparison);
    const superseded = targets.filter(({ outcome, error }) => outcome === 'superseded' && !error);
    return [
        { title: 'Retag: kept', lines: kept.map(annotations_describe) },
        { title: 'Retag: superseded', lines: superseded.map(annotations_describe) },
        { title: 'Retag: warning', lines: warnings }
    ].flatMap(({ title, lines }) => (lines.length === 0 ? [] : { title, message: annotations_firstOf(lines).join('\n') }));
}
/** Makes the warning of what the step says that is no input and resembles none; undefined where there is no such thing. */
function unknownInputsWarning(names) {
    if (names.length === 0)
        return undefined;
    const lines = names.map(name => `"${name}" is not an input of Retag, and is ignored.`);
    return {
        title: 'Retag: unknown input',
        message: [
            ...annotations_firstOf(lines),
            'action.yml lists the inputs. A variable INPUT_… in the environment counts as one.'
        ].join('\n')
    };
}
/** Makes the annotation of outputs that could not be written: the tags are as the report says all the same. */
function outputAnnotation(error, report, end) {
    const lines = report.targets.map(({ target, outcome, digest = '' }) => `${outcome} ${(0,oci_reference/* formatReference */.FH)(target)} ${digest}`.trimEnd());
    return {
        title: 'Retag: the outputs could not be written',
        message: [
            `The runner's output file cannot be written: ${messageOf(error)}`,
            'Later steps get no outputs. What was done to the tags stays done:',
            end,
            ...annotations_firstOf(lines)
        ].join('\n')
    };
}
/** Makes the warning of a job summary that could not be written. */
function summaryWarning(error) {
    return {
        title: 'Retag: the job summary could not be written',
        message: `${messageOf(error)}\nThe log and the outputs say the same.`
    };
}
/** Makes the annotation of an error that nobody expected. */
function bugAnnotation(error) {
    return {
        title: 'Retag: unexpected error',
        message: `${messageOf(error)}\nThis is a bug in Retag, please report it. Run the job again with debug logging to see where it comes from.`
    };
}
function messageOf(error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no error was thrown';
}
function annotations_describe({ target, reason = '' }) {
    return `${(0,oci_reference/* formatReference */.FH)(target)}: ${reason}`;
}
function annotations_firstOf(lines) {
    const more = lines.length > MAXIMUM_LINES ? [`… and ${(lines.length - MAXIMUM_LINES).toString()} more`] : [];
    return [...lines.slice(0, MAXIMUM_LINES), ...more];
}
function annotations_distinct(texts) {
    return [...new Set(texts)];
}

// EXTERNAL MODULE: external "node:events"
var external_node_events_ = __webpack_require__(474);
;// CONCATENATED MODULE: ./src/action/cancellation.ts
/** Cancellation of the job: nothing new starts, and the report is written before the runner kills the step. */


// The runner sends SIGINT, after 7.5 seconds SIGTERM, and kills after 2.5 more.
const GRACE = 6_000;
// After that, for pending work to notice that its connections are closed.
const LAST_CALL = 1_000;
/** The signals by which a runner or container stops a step. */
const signals = ['SIGINT', 'SIGTERM'];
/** Listens for cancellation; `giveUp` is called when pending work has run out of time. */
function cancellation(giveUp) {
    const controller = new AbortController();
    // Every wait of a run listens.
    (0,external_node_events_.setMaxListeners)(0, controller.signal);
    const late = new AbortController();
    let [grace, lastCall] = [];
    const cancel = () => {
        controller.abort(cancelled('the job was cancelled'));
        grace ??= setTimeout(giveUp, GRACE);
        lastCall ??= setTimeout(() => {
            late.abort(cancelled('the job was cancelled, and pending requests did not end in time'));
        }, GRACE + LAST_CALL);
    };
    for (const name of signals)
        process.on(name, cancel);
    return {
        signal: controller.signal,
        inTime: work => new Promise((resolve, reject) => {
            late.signal.addEventListener('abort', () => {
                reject(late.signal.reason);
            });
            work.then(resolve, reject);
        }),
        end: () => {
            clearTimeout(grace);
            clearTimeout(lastCall);
            for (const name of signals)
                process.off(name, cancel);
        }
    };
}
function cancelled(message) {
    return new errors/* PromotionError */.g1('CANCELLED', message, {
        advice: 'Run the job again: tags that are up to date are left alone.'
    });
}

;// CONCATENATED MODULE: ./src/action/present/bytes.ts
/** Sizes in words. */
const units = ['kB', 'MB', 'GB', 'TB'];
const STEP = 1000;
// What would be rounded up to a thousand belongs to the next unit.
const NEXT_UNIT = 999.5;
/** Writes a number of bytes for people, with as many digits as say something: `512 bytes`, `1.2 kB`, `345 MB`. */
function formatBytes(bytes) {
    if (bytes < STEP)
        return `${bytes.toString()} ${bytes === 1 ? 'byte' : 'bytes'}`;
    let value = bytes;
    let unit = '';
    for (const next of units) {
        if (value < NEXT_UNIT)
            break;
        value /= STEP;
        unit = next;
    }
    return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

;// CONCATENATED MODULE: ./src/action/present/counted.ts
/** Numbers of things. */
/** Writes how many there are: `1 blob`, `2 blobs`. */
function counted(count, noun) {
    return `${count.toString()} ${noun}${count === 1 ? '' : 's'}`;
}

;// CONCATENATED MODULE: ./src/action/present/markdown.ts
/** Escapes text for GitHub's Markdown. */
/** What GitHub may take for a commit; a part of six digits is none. */
const COMMIT = /(?<!sha256:|sha512:)\b[0-9a-f]{7,40}\b/gi;
/** Escapes a text so that it shows as it is: no markup, no link, no mention, no HTML, no table cell boundary. */
function escapeMarkdown(text) {
    return (text
        .replace(/\s+/g, ' ')
        .replace(/[&<>]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char)
        .replace(/[\\`*_{}[\]()#+!|~$^-]/g, '\\$&')
        .replace(/^(\d+)\./, '$1\\.')
        .replace(/:\/\//g, '&#58;//')
        // GitHub links www. after a blank, an asterisk, an underscore, a tilde or a bracket: so wherever it stands.
        .replace(/(www)\./gi, '$1&#46;')
        .replace(COMMIT, hash => hash.replace(/.{6}(?!$)/g, '$&<!-- -->'))
        // GitHub looks for mentions, addresses, issues, commits and emoji after it has read entities: only another node keeps it from them.
        .replace(/@|\\#(?=[0-9])|\bgh\\-(?=[0-9])|:(?=(?:\w|\\[_+-])+(?::|&#58;))/gi, '$&<!-- -->'));
}
/** Puts a text in a code span that a table cell can hold; only for text that has no backtick and no bar. */
function code(text) {
    return `\`${text.replace(/[`|\s]+/g, ' ')}\``;
}
/** Makes a table; empty when it has no rows. */
function table(heads, rows) {
    if (rows.length === 0)
        return '';
    const [head = '', ...lines] = [heads, ...rows].map(cells => `| ${cells.join(' | ')} |`);
    return [head, `|${'---|'.repeat(heads.length)}`, ...lines].join('\n');
}
/** Makes one of GitHub's alerts, with a blank line between its parts; empty where all of them are. */
function markdown_alert(kind, parts) {
    const lines = parts.filter(part => part !== '').join('\n\n');
    if (lines === '')
        return '';
    const quoted = lines.split('\n').map(line => (line === '' ? '>' : `> ${line}`));
    return [`> [!${kind}]`, ...quoted].join('\n');
}
/** Folds a part away under a title that can be clicked; empty when the part is. */
function markdown_folded(title, part) {
    return part === '' ? '' : `<details><summary>${title}</summary>\n\n${part}\n\n</details>`;
}
/** Writes a block of code in a language that GitHub knows; only for text without a fence of its own. */
function codeBlock(language, text) {
    return `\`\`\`${language}\n${text}\n\`\`\``;
}

;// CONCATENATED MODULE: ./src/action/present/copied.ts
/** What copies move, in words: for the log and for the summary. */





/** Tells what is to be copied to a repository: a line of the log. */
function copyLine(copy) {
    return `  to ${(0,oci_reference/* formatRepository */.Sh)(copy.to)}: ${countCopied(expectCopied([copy])) || 'nothing to copy'}`;
}
/** Tells what was copied and what was left behind, as lines of the log. */
function copiedLines({ copied, warnings, dryRun }) {
    return [...(isNothing(copied) || dryRun ? [] : [`Copied ${countCopied(copied)}`]), ...warnings];
}
/** Tells what was copied, or would be, and what was left behind, in Markdown; empty where there was nothing to copy. */
function copiedOf({ copied, warnings, dryRun }) {
    const parts = [
        isNothing(copied) ? '' : escapeMarkdown(`${dryRun ? 'Would copy' : 'Copied'} ${countCopied(copied)}`),
        markdown_alert('WARNING', [warnings.map(warning => `- ${escapeMarkdown(warning)}`).join('\n')])
    ];
    return parts.filter(part => part !== '').join('\n\n');
}
/** Counts what was moved, or will be: `9 blobs (1.1 GB), 2 blobs mounted, 3 manifests`. */
function countCopied({ blobs, bytes, mounted, present, manifests, referrers }) {
    const counts = [
        { count: blobs, words: `${counted(blobs, 'blob')} (${formatBytes(bytes)})` },
        { count: mounted, words: `${counted(mounted, 'blob')} mounted` },
        { count: manifests, words: counted(manifests, 'manifest') },
        { count: referrers, words: counted(referrers, 'referrer') },
        { count: present, words: `${counted(present, 'blob')} already there` }
    ];
    return counts.flatMap(({ count, words }) => (count === 0 ? [] : words)).join(', ');
}
function isNothing(copied) {
    return Object.values(copied).every(count => count === 0);
}

;// CONCATENATED MODULE: ./src/action/present/outcomes.ts
/** Outcomes in words. */


/** The outcomes that need attention, the most serious first. */
const serious = ['failed', 'refused', 'restored', 'not-attempted', 'superseded'];
const rules = {
    published: 'the versions that are published',
    version: 'the versions that the images state',
    created: 'the times when the images were created'
};
const byAttention = [...serious, ...outcomes.filter(outcome => !serious.includes(outcome))];
/** Tells whether somebody should look at an outcome. */
function needsAttention({ outcome }) {
    return serious.includes(outcome);
}
/** Tells how serious an outcome is, for sorting: 0 is the worst, all that need no attention are alike. */
function rankOf({ outcome }) {
    return serious.includes(outcome) ? serious.indexOf(outcome) : serious.length;
}
/** Names an outcome; in a dry run what would be written is named so. */
function nameOutcome(outcome, { dryRun }) {
    if (dryRun && (outcome === 'created' || outcome === 'moved'))
        return `would be ${outcome}`;
    return outcome.replace('-', ' ');
}
/** Tells why a target has its outcome: its reason, and for `forward` which of its rules decided, with what it compared. */
function whyOf({ outcome, reason, comparison }) {
    const isDecided = outcome === 'moved' || outcome === 'kept';
    if (comparison === undefined || !isDecided)
        return reason;
    return `${reason ?? `newer, because ${comparison.reason}`} (decided by ${rules[comparison.by]})`;
}
/** Counts the outcomes of targets, what needs attention first: `1 failed, 2 created`. */
function countOutcomes({ targets, dryRun }) {
    return byAttention
        .flatMap(outcome => {
        const count = targets.filter(target => target.outcome === outcome).length;
        return count === 0 ? [] : `${count.toString()} ${nameOutcome(outcome, { dryRun })}`;
    })
        .join(', ');
}
/** Counts the outcomes of a run, of several images with their number: `3 images: 6 created, 3 moved`. */
function countRun(report) {
    const counts = countOutcomes(report);
    const images = report.sources.length;
    return images > 1 && counts !== '' ? `${counted(images, 'image')}: ${counts}` : counts;
}

;// CONCATENATED MODULE: ./src/action/present/groups.ts
/** A report's targets by image and repository, as the log and the summary show them. */




const NAMED_PARTS = 3;
/** Groups the targets of a report: the most serious first, else in the order of the request. */
function groups_groupsOf({ sources, targets }) {
    const groups = new Map();
    const indexOf = (wanted) => sources.findIndex(({ source }) => source === wanted);
    for (const report of targets) {
        const key = `${indexOf(report.source).toString()} ${(0,oci_reference/* formatRepository */.Sh)(report.target.repository)}`;
        groups.set(key, [...(groups.get(key) ?? []), report]);
    }
    const list = [...groups.values()].flatMap((members) => {
        const [first] = members;
        if (first === undefined)
            return [];
        return [
            {
                repository: (0,oci_reference/* formatRepository */.Sh)(first.target.repository),
                source: sources[indexOf(first.source)] ?? { source: first.source },
                targets: members.toSorted((one, other) => rankOf(one) - rankOf(other))
            }
        ];
    });
    return list.toSorted((one, other) => groupRank(one) - groupRank(other));
}
/** Names the source of a group: within the group's repository by tag or digest alone; of an index the first of its parts. */
function nameWithin({ repository, source: { source } }) {
    const names = (0,promotion_source/* referencesOf */.CL)(source).map(reference => {
        const name = (0,oci_reference/* formatReference */.FH)(reference);
        return (0,oci_reference/* formatRepository */.Sh)(reference.repository) === repository ? name.slice(repository.length + 1) : name;
    });
    return (0,listing/* listFirst */.r)(names, NAMED_PARTS, ' + ');
}
function groupRank({ source, targets }) {
    return source.error === undefined ? Math.min(...targets.map(rankOf)) : -1;
}

;// CONCATENATED MODULE: ./src/action/present/presentable.ts
/** Makes messages fit to be shown: replaces secrets, cuts long texts in the middle. */

/** The most of one message, in UTF-16 code units. */
const MAXIMUM_TEXT = 2000;
const CUT = ' […] ';
/** Cuts the middle out of a text that is longer than `limit`: its end says what a tag points to now. */
function shortened(text, limit = MAXIMUM_TEXT) {
    if (text.length <= limit)
        return text;
    const tail = Math.floor((limit - CUT.length) / 3);
    const head = limit - CUT.length - tail;
    // A half of a character must not stay at either side.
    return `${text.slice(0, head).replace(/[\uD800-\uDBFF]$/, '')}${CUT}${text.slice(-tail).replace(/^[\uDC00-\uDFFF]/, '')}`;
}
/**
 * Gives a report whose messages can be shown: each known secret in them is `***`, and none is longer than {@link MAXIMUM_TEXT}.
 * The runner masks secrets by their exact text, which escaping for Markdown and JSON changes.
 */
function presentable(report, secrets) {
    const clean = (text) => shortened(secrets.redact(text));
    const { sources, targets, warnings } = report;
    return {
        ...report,
        ...cleanError(report, clean),
        warnings: warnings.map(clean),
        sources: sources.map((source) => ({ ...source, ...cleanError(source, clean) })),
        targets: targets.map((target) => ({
            ...target,
            ...cleanError(target, clean),
            ...(target.reason !== undefined && { reason: clean(target.reason) }),
            ...(target.comparison && {
                comparison: { ...target.comparison, reason: clean(target.comparison.reason) }
            }),
            ...(target.rollbackError && { rollbackError: cleaned(target.rollbackError, clean) })
        }))
    };
}
function cleanError({ error }, clean) {
    return error ? { error: cleaned(error, clean) } : {};
}
function cleaned({ code, message, advice }, clean) {
    return new errors/* PromotionError */.g1(code, clean(message), {
        advice: advice === undefined ? undefined : clean(advice)
    });
}

;// CONCATENATED MODULE: ./src/action/present/log.ts
/** The log of a run: what is waited for, what was found, what is planned, and what was done, one line a target. */












/** The most lines of a list that is not folded into groups. */
const LONG_LIST = 20;
/** The width of the longest outcome in words. */
const WIDTH = 'not attempted'.length;
const DRY_WIDTH = 'would be created'.length;
const intentions = {
    create: 'to create',
    move: 'to move',
    overwrite: 'to write without reading them',
    unchanged: 'up to date',
    keep: 'to keep',
    skip: 'to skip',
    refuse: 'refused'
};
/** Tells what is still missing, and how long it is waited for. */
function waitLines(missing, left) {
    return missing.map(({ message }) => `Waiting up to ${(0,duration/* formatDuration */.a)(left)} more: ${message}`);
}
/** Tells what was found; of many images in a group. */
function sourceSection({ promotions }, { sources }) {
    const lines = promotions.flatMap(({ source }, index) => sourceLines(source, sources[index]));
    return lines.length > LONG_LIST ? { title: counted(promotions.length, 'image'), lines } : { lines };
}
/** Tells what is planned. */
function planLines(intended) {
    const kinds = stepsOf(intended).map(({ verdict }) => verdict.kind);
    const counts = Object.entries(intentions).flatMap(([kind, intention]) => {
        const count = kinds.filter(each => each === kind).length;
        return count === 0 ? [] : `${count.toString()} ${intention}`;
    });
    if (isRefused(intended))
        return [`Plan: ${counts.join(', ')}; nothing will be written`];
    return [`Plan: ${counts.join(', ')}`, ...intended.copies.map(copyLine)];
}
/**
 * Tells what happened to each target, one line each. A long list is folded: that of one image into one group, that of several into a
 * group for each image and repository, but for those that need attention.
 */
function outcomeSections(report) {
    const { sources, targets, dryRun } = report;
    const unread = sources.flatMap(({ source, image }) => (image ? [] : `Source ${(0,promotion_source/* formatSource */.j2)(source)}`));
    const lines = targets.map(target => log_lineOf(target, report));
    if (unread.length + lines.length <= LONG_LIST)
        return [{ lines: [...unread, ...lines] }];
    if (sources.length === 1)
        return [{ lines: unread }, { title: `${lines.length.toString()} tags: ${countOutcomes(report)}`, lines }];
    return groups_groupsOf(report).map(({ repository, source, targets: own }) => {
        const title = `${(0,promotion_source/* formatSource */.j2)(source.source)} to ${repository}: ${countOutcomes({ targets: own, dryRun })}`;
        const ownLines = own.map(target => log_lineOf(target, report));
        return own.some(needsAttention) ? { lines: [title, ...ownLines] } : { title, lines: ownLines };
    });
}
/** Tells how the run ended. */
function endLine(report) {
    const counts = countRun(report);
    const end = isSuccessful(report) ? 'Done' : 'Failed';
    const dry = isSuccessful(report) ? 'Dry run, nothing was written' : 'Dry run failed, nothing was written';
    return `${report.dryRun ? dry : end}${counts === '' ? '' : `: ${counts}`}`;
}
function sourceLines(source, state) {
    const [name, ...others] = (0,promotion_source/* referencesOf */.CL)(source).map(oci_reference/* formatReference */.FH);
    const names = [`Source ${name}`, ...others.map(other => `     + ${other}`)];
    if (state?.kind !== 'found')
        return [...names, '  does not exist'];
    const { manifest } = state.image;
    return [...names, `  ${manifest.digest}`, `  ${shortened(describeManifest(manifest))}`];
}
function log_lineOf(report, { dryRun }) {
    const { target, outcome, keeps } = report;
    const kept = keeps === undefined ? '' : `  (an earlier ${keeps.tag})`;
    const words = nameOutcome(outcome, { dryRun }).padEnd(dryRun ? DRY_WIDTH : WIDTH);
    return `${words} ${(0,oci_reference/* formatReference */.FH)(target)}  ${changeOf(report)}${kept}`;
}
function changeOf(report) {
    const { outcome, digest, previousDigest } = report;
    const why = whyOf(report);
    if (outcome !== 'moved' || previousDigest === undefined)
        return why ?? log_short(digest);
    return `${log_short(previousDigest)} → ${log_short(digest)}${why === undefined ? '' : `, ${why}`}`;
}
function log_short(digest) {
    return digest === undefined ? '' : (0,oci_digest/* shortDigest */.VK)(digest);
}

;// CONCATENATED MODULE: ./src/action/present/outputs.ts
/** The outputs: values of the report. */





/** The names of all outputs, as action.yml has them. */
const outputNames = (/* unused pure expression or super */ null && ([
    'digest',
    'media-type',
    'image',
    'images',
    'platforms',
    'found',
    'missing',
    'tags',
    'changed',
    'previous-digest',
    'report'
]));
/** The most of one output that is JSON, in UTF-16 code units: GitHub takes 1 MB of each of a job's outputs. */
const MAXIMUM_OUTPUT = 900_000;
/** From all that anybody needs to the least; the first that fits is taken. */
const details = [
    { platforms: 100, reason: 2000 },
    { platforms: 100, reason: 200 },
    { platforms: 0, reason: 200 },
    { platforms: 0, reason: 40 }
];
/** Makes the outputs of a report. */
function outputsOf(report) {
    const { sources, targets } = report;
    const [first] = targets;
    const missing = sources.filter(isMissing).map(({ source }) => (0,promotion_source/* formatSource */.j2)(source));
    const { platforms, ...known } = imageOutputs(sources[0]);
    return {
        ...known,
        image: first ? (0,oci_reference/* formatRepository */.Sh)(first.target.repository) : '',
        images: fittingJson(detail => sources.map(source => imageJson(source, report, detail))),
        platforms,
        found: foundOf(sources),
        missing: JSON.stringify(missing),
        tags: targets.filter(isOrdered).map(outputs_nameOf).join('\n'),
        changed: hasChanged(report).toString(),
        'previous-digest': first?.previousDigest ?? '',
        report: fittingJson(detail => reportJson(report, detail))
    };
}
function imageOutputs(source) {
    const image = source?.image;
    if (image === undefined)
        return { digest: '', 'media-type': '', platforms: '{}' };
    const { digest, mediaType } = image.manifest;
    return { digest, 'media-type': mediaType, platforms: fittingJson(detail => manifestsOf(image, detail)) };
}
/** Whether every source is there; empty where that is not known. */
function foundOf(sources) {
    if (sources.some(isMissing))
        return 'false';
    return sources.length > 0 && sources.every(({ image }) => image !== undefined) ? 'true' : '';
}
function isMissing({ isMissing: isSkipped, error }) {
    return isSkipped === true || error?.code === 'SOURCE_NOT_FOUND';
}
/** One image for a job's matrix: what it is, and the tags that it is to have. */
function imageJson({ source, image }, { targets }, detail) {
    const own = targets.filter(target => target.source === source).filter(isOrdered);
    const [first] = own;
    return {
        source: (0,promotion_source/* formatSource */.j2)(source),
        image: first ? (0,oci_reference/* formatRepository */.Sh)(first.target.repository) : '',
        digest: image?.manifest.digest ?? '',
        platforms: manifestsOf(image, detail),
        tags: own.map(outputs_nameOf)
    };
}
function reportJson({ sources, dryRun, targets, copied }, detail) {
    return {
        sources: sources.map(source => sourceJson(source, detail)),
        dryRun,
        targets: targets.map(target => targetJson(target, detail)),
        copied
    };
}
function sourceJson({ source, image }, detail) {
    return {
        reference: (0,promotion_source/* formatSource */.j2)(source),
        ...(image && {
            digest: image.manifest.digest,
            mediaType: image.manifest.mediaType,
            size: image.manifest.bytes.length,
            platforms: image.platforms.slice(0, detail.platforms),
            manifests: manifestsOf(image, detail)
        })
    };
}
function manifestsOf(image, { platforms }) {
    return image ? Object.fromEntries(Object.entries(platformDigests(image)).slice(0, platforms)) : {};
}
function isOrdered({ keeps }) {
    return keeps === undefined;
}
function outputs_nameOf({ target }) {
    return (0,oci_reference/* formatReference */.FH)(target);
}
function targetJson(report, detail) {
    const { target, source, outcome, digest, previousDigest, reason, keeps } = report;
    return {
        reference: (0,oci_reference/* formatReference */.FH)(target),
        source: (0,promotion_source/* formatSource */.j2)(source),
        outcome,
        ...(digest && { digest }),
        ...(previousDigest && { previousDigest }),
        ...(reason !== undefined && { reason: shortened(reason, detail.reason) }),
        ...(keeps && { keeps: (0,oci_reference/* formatReference */.FH)(keeps) })
    };
}
/** Writes a value as JSON, with as much detail as fits. */
function fittingJson(make) {
    let text = '';
    for (const detail of details) {
        text = JSON.stringify(make(detail));
        if (text.length <= MAXIMUM_OUTPUT)
            break;
    }
    return text;
}

;// CONCATENATED MODULE: ./src/action/present/progress.ts

/** How far apart the lines are at least, in milliseconds. */
const PROGRESS_INTERVAL = 5_000;
/** Makes a listener that tells of copies: what they are when they begin, and from time to time how far they are. */
function telling({ say, now }) {
    let total = { blobs: 0, bytes: 0 };
    let done = { blobs: 0, bytes: 0, sent: 0 };
    let begun = now();
    let told = begun;
    return event => {
        switch (event.kind) {
            case 'begun':
                total = event;
                done = { blobs: 0, bytes: 0, sent: 0 };
                begun = told = now();
                break;
            case 'bytes':
                done = { ...done, bytes: done.bytes + event.count, sent: done.sent + event.count };
                break;
            case 'placed': {
                const size = event.how === 'copied' ? 0 : event.placement.blob.size;
                done = { ...done, blobs: done.blobs + 1, bytes: done.bytes + size };
            }
        }
        if (now() - told < PROGRESS_INTERVAL)
            return;
        told = now();
        const rate = formatBytes(Math.round(Math.max(0, done.sent) / ((told - begun) / 1000)));
        say(`  ${done.blobs.toString()} of ${total.blobs.toString()} blobs, ` +
            `${formatBytes(Math.max(0, done.bytes))} of ${formatBytes(total.bytes)}, ${rate}/s`);
    };
}

;// CONCATENATED MODULE: ./src/action/present/rollback.ts



/** Writes one step that puts all moved tags back; empty when there is none. */
function rollbackOf({ targets, dryRun }, settings) {
    if (dryRun)
        return '';
    const tagsByImage = new Map();
    for (const { target, previousDigest: digest, keeps, isPreviousGone } of targets.filter(isDisplaced)) {
        // The tags that keep earlier images need no step: the next rotation finds each image and moves it to its tag.
        if (keeps || isPreviousGone)
            continue;
        const image = (0,oci_reference/* formatReference */.FH)({ repository: target.repository, digest });
        tagsByImage.set(image, [...(tagsByImage.get(image) ?? []), target.tag]);
    }
    if (tagsByImage.size === 0)
        return '';
    const lines = [...tagsByImage].map(([image, tags]) => `${image} -> ${tags.join(' ')}`);
    const title = 'To put the moved tags back, run this step';
    return markdown_folded(title, `${codeBlock('yaml', stepOf(lines, settings))}\n\n${adviceOf(settings)}`);
}
function stepOf(promotions, { action, loginFor, insecure = [] }) {
    return [
        `- uses: ${action}`,
        '  with:',
        ...(loginFor ? [`    registry: ${loginFor}`] : []),
        ...(insecure.length > 0 ? [`    insecure-registries: '${insecure.join(',')}'`] : []),
        '    promotions: |',
        ...promotions.map(line => `      ${line}`)
    ].join('\n');
}
function adviceOf({ loginFor }) {
    const login = loginFor
        ? 'Add `username` and `password` as in the step that moved them.'
        : 'It needs the same login as the step that moved them.';
    return `${login} Nothing is built again, if the registry keeps images without a tag, as most do.`;
}
/** Names the action as the workflow of this run does, by the runner's environment; by its public name where that says nothing. */
function actionName(env) {
    const name = `${env.GITHUB_ACTION_REPOSITORY ?? ''}@${env.GITHUB_ACTION_REF ?? ''}`;
    return /^[\w.-]+\/[\w.-]+@[\w./-]+$/.test(name) ? name : 'retag/retag@v1';
}

;// CONCATENATED MODULE: ./src/action/present/problems.ts
/** What went wrong, as GitHub's red alert: what is worst comes first. */





const MAXIMUM_ITEMS = 10;
/** Writes what went wrong, and what to do; empty where nothing did. */
function problemsOf(report) {
    const errors = errorsOf(report);
    const messages = problems_distinct(errors.map(explain));
    const advice = problems_distinct(errors.flatMap(({ advice: text }) => (text === undefined ? [] : escapeMarkdown(text))));
    const hidden = messages.length - MAXIMUM_ITEMS;
    return markdown_alert('CAUTION', [
        unrestoredOf(report),
        ...messages.slice(0, MAXIMUM_ITEMS),
        ...(hidden > 0 ? [`… and ${counted(hidden, 'more error')}`] : []),
        ...advice.slice(0, MAXIMUM_ITEMS)
    ]);
}
/** A tag that is not as it was, and should be. */
function unrestoredOf(report) {
    const targets = unrestoredTargets(report);
    if (targets.length === 0)
        return '';
    const lines = targets.map(({ target, digest, previousDigest }) => `- ${code((0,oci_reference/* formatReference */.FH)(target))} was ${digestOr(previousDigest, 'absent')} and is now ${digestOr(digest, 'not known')}`);
    return [
        '**A write failed, and these tags could not be put back. Check them before anybody uses them.**',
        '',
        ...lines
    ].join('\n');
}
function explain({ code: errorCode, message }) {
    return `**${code(errorCode)}** ${message.split('\n').map(escapeMarkdown).join('<br>')}`;
}
function digestOr(digest, words) {
    return digest === undefined ? words : code((0,oci_digest/* shortDigest */.VK)(digest));
}
function problems_distinct(texts) {
    return [...new Set(texts)];
}

;// CONCATENATED MODULE: ./src/action/present/results-table.ts
/** The table of a job summary: what happened to each tag, by image and repository. */





const marks = {
    created: '🆕',
    moved: '✅',
    unchanged: '🟰',
    kept: '📌',
    skipped: '⏭️',
    superseded: '⏩',
    refused: '⛔',
    failed: '❌',
    restored: '↩️',
    'not-attempted': '⏸️'
};
/** The most rows of a table that is not folded. */
const LONG_TABLE = 40;
/** The longest reason in a cell, in UTF-16 code units; the report has all of it. */
const MAXIMUM_REASON = 300;
/** The request that an error message ends with, `(PUT https://ghcr.io/v2/… → status 403)`. */
const REQUEST = / \([A-Z]+ \S+ → status \d+\)/g;
const DIGEST = /\bsha(?:256:[a-f0-9]{64}|512:[a-f0-9]{128})\b/g;
/**
 * Writes what happened to each tag. Each repository is named once: in the head where there is one alone, else in a row of its
 * own; so is the source.
 */
function resultTables(report) {
    const groups = groups_groupsOf(report);
    const isGrouped = groups.length > 1;
    const isLong = isGrouped && groups.length + report.targets.length > LONG_TABLE;
    const open = groups.filter(group => !isLong || isSerious(group));
    const rest = groups.filter(group => !open.includes(group));
    const targets = rest.flatMap(group => group.targets);
    const title = `${open.length > 0 ? 'The other tags' : 'All tags'}: ${countOutcomes({ ...report, targets })}`;
    return {
        open: tableOf(open, report, isGrouped),
        rest: markdown_folded(title, tableOf(rest, report, isGrouped))
    };
}
function isSerious({ source, targets }) {
    return source.error !== undefined || source.isMissing === true || targets.some(needsAttention);
}
function tableOf(groups, report, isGrouped) {
    const names = new Set(report.sources.length > 1 ? groups.map(nameSource) : []);
    const targets = groups.flatMap(group => group.targets);
    const rows = groups.flatMap(group => [
        ...(isGrouped ? [headRow(group, names.size > 1)] : []),
        ...group.targets.map(target => rowOf(target, report))
    ]);
    const where = isGrouped ? '' : groups.map(({ repository }) => ` of ${code(repository)}`).join('');
    const from = names.size === 1 ? `, from ${[...names].join('')}` : '';
    const width = targets.some(target => whyOf(target) !== undefined) ? 5 : 4;
    return table(['outcome', `tag${where}${from}`, 'before', 'after', 'why'].slice(0, width), rows.map(row => row.slice(0, width)));
}
function nameSource(group) {
    return code(nameWithin(group).replace(DIGEST, results_table_shortened));
}
/** The row that names a repository, and the image where they have different names. */
function headRow(group, isSourceNamed) {
    const { error, isMissing } = group.source;
    const problem = error ? code(error.code) : isMissing === true ? 'source not found' : '';
    const name = `**${code(group.repository)}**`;
    return [problem, isSourceNamed ? `${name}<br>from ${nameSource(group)}` : name, '', '', ''];
}
function rowOf(targetReport, report) {
    const { target, outcome, digest, previousDigest, keeps } = targetReport;
    const kept = keeps ? `<br>an earlier ${code(keeps.tag)}` : '';
    return [
        `${marks[outcome]} ${nameOutcome(outcome, report)}`.replaceAll(' ', '&nbsp;'),
        `${code(target.tag)}${kept}`,
        cell(previousDigest),
        cell(digest),
        escapeMarkdown(reasonIn(whyOf(targetReport) ?? '', (0,oci_reference/* formatReference */.FH)(target)))
    ];
}
/** A reason as a cell has room for it: the row names the tag, the alert the request, and digests are short. */
function reasonIn(reason, target) {
    const start = [`${target} `, `tagging ${target}: `, `reading the target ${target}: `].find(words => reason.startsWith(words));
    const text = reason
        .slice(start?.length ?? 0)
        .replace(REQUEST, '')
        .replace(DIGEST, results_table_shortened);
    return text.length <= MAXIMUM_REASON
        ? text
        : `${text.slice(0, MAXIMUM_REASON).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
function results_table_shortened(digest) {
    return (0,oci_digest/* shortDigest */.VK)(digest);
}
function cell(digest) {
    return digest === undefined ? '–' : code((0,oci_digest/* shortDigest */.VK)(digest).replace(/^sha256:/, ''));
}

;// CONCATENATED MODULE: ./src/action/present/rotations.ts
/** The images that went from tag to tag in a rotation: as a diagram, and the same in words. */




/** Draws the rotation of each target that was moved and left earlier images behind; empty when none was. */
function rotationsOf({ targets, dryRun }) {
    const chains = new Map();
    for (const report of targets.filter(isWrite)) {
        const name = (0,oci_reference/* formatReference */.FH)(report.keeps ?? report.target);
        chains.set(name, [...(chains.get(name) ?? []), report]);
    }
    const rotations = [...chains].filter(([, [first, second]]) => first?.keeps === undefined && second !== undefined);
    const drawings = rotations.map(([name, chain]) => draw(name, linksOf(chain), dryRun));
    return markdown_folded(`How earlier images ${dryRun ? 'would be' : 'were'} kept`, drawings.join('\n\n'));
}
function linksOf(chain) {
    return chain.map(({ target, digest }) => ({
        tag: target.tag,
        image: digest === undefined ? '' : (0,oci_digest/* shortDigest */.VK)(digest),
        from: chain.find(({ previousDigest }) => previousDigest === digest)?.target.tag
    }));
}
function draw(name, links, dryRun) {
    const nodes = links.map(({ tag }, index) => `  tag${index.toString()}["${tag}"]`);
    const arrows = links.map(({ image, from }, index) => {
        const origin = links.findIndex(({ tag }) => tag === from);
        return origin === -1
            ? `  image${index.toString()}(["${image}"]) --> tag${index.toString()}`
            : `  tag${origin.toString()} -- "${image}" --> tag${index.toString()}`;
    });
    const words = links.map(({ tag, image, from }) => `- ${code(tag)} ${dryRun ? 'would be' : 'is'} ${code(image)}${from === undefined ? '' : `, which ${dryRun ? 'is' : 'was'} ${code(from)}`}`);
    const diagram = codeBlock('mermaid', ['flowchart LR', ...nodes, ...arrows].join('\n'));
    return `${code(name)}\n\n${diagram}\n\n${words.join('\n')}`;
}

;// CONCATENATED MODULE: ./src/action/present/truncate.ts
/** Fits a page into what the runner takes: it drops a summary that is too large, and says so nowhere in it. */
/** The most that the runner takes of a step's summary, in bytes (GitHub, *Workflow commands*, "Step isolation and limits"). */
const MAXIMUM_SUMMARY_BYTES = 1024 * 1024;
const NOTE = '> Not all of this summary is here: GitHub takes no more than 1 MiB of one. The outputs and the log have the rest.';
/** Puts parts together in their order, a blank line between them; where that is too large, as much of them as fits, and a note. */
function fitting(parts, limit = MAXIMUM_SUMMARY_BYTES) {
    const whole = page(parts);
    if (Buffer.byteLength(whole) <= limit)
        return whole;
    let room = limit - Buffer.byteLength(page([{ text: NOTE, rank: 0 }]));
    const cut = new Map();
    for (const part of parts.toSorted((one, other) => one.rank - other.rank)) {
        const text = cutTo(part.text, room - 2);
        cut.set(part, { ...part, text });
        if (text !== '')
            room -= Buffer.byteLength(text) + 2;
    }
    return page([...parts.map(part => cut.get(part) ?? part), { text: NOTE, rank: 0 }]);
}
function page(parts) {
    return `${parts.flatMap(({ text }) => (text === '' ? [] : text)).join('\n\n')}\n`;
}
function cutTo(text, room) {
    if (Buffer.byteLength(text) <= room)
        return text;
    if (room <= 0 || text.startsWith('<details>'))
        return '';
    const beginning = Buffer.from(text)
        .subarray(0, room + 1)
        .toString();
    return beginning.slice(0, Math.max(0, beginning.lastIndexOf('\n')));
}

;// CONCATENATED MODULE: ./src/action/present/summary.ts
/** The job summary: a report as GitHub's Markdown. */
















/** The most of what a manifest is in words: an index may name thousands of platforms. */
const MAXIMUM_DESCRIPTION = 500;
const NAMED_IMAGES = 3;
const summary_NAMED_PARTS = 10;
/** Writes the summary of a report. */
function summaryOf(report, settings = { action: actionName({}) }) {
    const tables = resultTables(report);
    return fitting([
        { rank: 0, text: `## ${headingOf(report)}` },
        { rank: 1, text: problemsOf(report) },
        { rank: 2, text: onlySourceOf(report) },
        { rank: 4, text: tables.open },
        { rank: 5, text: tables.rest },
        { rank: 6, text: copiedOf(report) },
        { rank: 7, text: rotationsOf(report) },
        { rank: 3, text: rollbackOf(report, settings) },
        { rank: 8, text: digestsOf(report) }
    ]);
}
function headingOf(report) {
    const { sources, dryRun } = report;
    const [only, ...others] = sources;
    const isSet = others.length > 0;
    const about = only ? ` ${isSet ? counted(sources.length, 'image') : summary_nameOf(only.source)}` : '';
    const counts = countOutcomes(report);
    const dry = dryRun ? ' (dry run, nothing was written)' : '';
    const names = isSet ? ` – ${namesOf(sources)}` : '';
    return `Retag${about}${isSuccessful(report) ? '' : ' failed'}${counts === '' ? '' : `: ${counts}`}${dry}${names}`;
}
/** Names the repositories of several images, the first of them, so that summaries of one run can be told apart. */
function namesOf(sources) {
    const names = [...new Set(sources.map(({ source }) => code((0,promotion_source/* homeOf */.lt)(source).name)))];
    return (0,listing/* listFirst */.r)(names, NAMED_IMAGES);
}
/** Names a source in a heading; a digest is short, and of an index's parts there may be many. */
function summary_nameOf(source) {
    if (source.kind === 'image')
        return code(imageName(source.reference));
    const home = (0,promotion_source/* homeOf */.lt)(source);
    const where = (0,promotion_source/* isWithin */.UO)(source, home) ? ` in ${code((0,oci_reference/* formatRepository */.Sh)(home))}` : '';
    return `an index of ${counted(source.parts.length, 'image')}${where}`;
}
function imageName({ repository, tag, digest }) {
    if (tag !== undefined)
        return (0,oci_reference/* formatReference */.FH)({ repository, tag });
    const name = (0,oci_reference/* formatReference */.FH)({ repository, ...(digest && { digest }) });
    return digest === undefined ? name : name.replace(digest, (0,oci_digest/* shortDigest */.VK)(digest));
}
/** Tells what a run's only image is; several are told apart in the table. */
function onlySourceOf({ sources: [source, ...others] }) {
    return source?.image === undefined || others.length > 0 ? '' : sourceOf(source);
}
function sourceOf({ source, image }) {
    const what = image ? escapeMarkdown(shortened(describeManifest(image.manifest), MAXIMUM_DESCRIPTION)) : '';
    const digest = image ? code(image.manifest.digest) : '';
    const names = (0,promotion_source/* referencesOf */.CL)(source).map(reference => code((0,oci_reference/* formatReference */.FH)(reference)));
    return `${(0,listing/* listFirst */.r)(names, summary_NAMED_PARTS, ' + ')} is ${digest}: ${what}`;
}
/** Lists every digest in full, as text that can be copied: wider than a table may be. */
function digestsOf({ sources, targets }) {
    const known = targets.filter(({ digest, previousDigest }) => digest ?? previousDigest);
    const promoted = sources.length > 1
        ? sources.flatMap(({ source, image }) => image ? `${(0,promotion_source/* formatSource */.j2)(source)}\n  is      ${image.manifest.digest}` : [])
        : [];
    const lines = [...promoted, ...known.map(summary_changeOf)];
    return lines.length === 0 ? '' : markdown_folded('Digests in full', codeBlock('text', lines.join('\n')));
}
function summary_changeOf({ target, digest, previousDigest }) {
    const line = (when, held) => `\n  ${when}  ${held ?? '–'}`;
    return `${(0,oci_reference/* formatReference */.FH)(target)}${line('before', previousDigest)}${line('after ', digest)}`;
}

;// CONCATENATED MODULE: ./src/oci/credential.ts
/** No credential at all. */
const anonymous = { kind: 'anonymous' };
/** Encodes a name and password as HTTP sends them (RFC 7617). */
function basicPair({ username, password }) {
    return Buffer.from(`${username}:${password}`).toString('base64');
}
/** Lists the secret parts of a credential. */
function secretsOf(credential) {
    switch (credential.kind) {
        case 'anonymous':
            return [];
        case 'basic':
            return [credential.password, basicPair(credential)].filter(secret => secret !== '');
        case 'identity':
        case 'bearer':
            return [credential.token];
    }
}

// EXTERNAL MODULE: ./src/oci/registry-host.ts
var registry_host = __webpack_require__(417);
;// CONCATENATED MODULE: ./src/credentials/docker-config.ts



// How specific a key is, in ascending order; a path adds its length.
const OTHER_PATH = -1;
const WHOLE_HOST = 0;
const EXACT_KEY = 1;
const KEY = /^(https?:\/\/)?([^/]+)\/*(.*?)\/*$/i;
const API_PATH = /^(?:v[12])?$/;
const BASE64 = /^[\w+/-]+={0,2}$/;
/** Parses a login file; an empty one holds nothing. Throws `CREDENTIALS_UNREADABLE`, which never quotes the text. */
function parseDockerConfig(text, origin) {
    const config = text.trim() === '' ? {} : parseJson(text, origin);
    const { auths, credHelpers, credsStore, HttpHeaders } = docker_config_asObject(config, origin, 'it');
    return {
        origin,
        auths: docker_config_asObject(auths ?? {}, origin, '"auths"'),
        credHelpers: docker_config_asObject(credHelpers ?? {}, origin, '"credHelpers"'),
        credsStore: asText(credsStore, origin, '"credsStore"'),
        httpHeaders: HttpHeaders
    };
}
/** Tells whether a file has an entry for a registry, even an empty one: `docker login` leaves one beside a credential helper. */
function namesRegistry({ auths, credHelpers }, repository) {
    return [auths, credHelpers].some(entries => fittingKeys(entries, repository, 'docker').length > 0);
}
/** Finds the name of the credential helper for a repository; empty if the file names none. */
function helperFor(config, repository, dialect) {
    const { origin, credHelpers, credsStore } = config;
    const names = fittingKeys(credHelpers, repository, dialect).map(key => asText(credHelpers[key], origin, `"credHelpers", "${(0,printable/* printable */.g)(key)}"`));
    return names.find(name => name !== '') ?? credsStore;
}
/** Finds the login for a repository in the file itself. Throws `CREDENTIALS_UNREADABLE` for a broken entry. */
function entryFor(config, repository, dialect) {
    for (const key of fittingKeys(config.auths, repository, dialect)) {
        const credential = readEntry(config.auths[key], config.origin, `"auths", "${(0,printable/* printable */.g)(key)}"`);
        if (credential !== undefined)
            return credential;
    }
    return undefined;
}
/** Creates the error for a source of credentials that cannot be used. */
function unreadable(what, advice) {
    return new errors/* PromotionError */.g1('CREDENTIALS_UNREADABLE', what, { advice });
}
/** Lists the keys that fit a repository, the most specific first. */
function fittingKeys(entries, repository, dialect) {
    return Object.keys(entries)
        .map(key => ({ key, fit: fitOf(key, repository, dialect) }))
        .filter(({ fit }) => fit !== undefined)
        .sort((one, other) => (other.fit ?? 0) - (one.fit ?? 0))
        .map(({ key }) => key);
}
/** Returns how specific a key is to a repository; undefined if it does not fit. */
function fitOf(key, { registry, name }, dialect) {
    const [, scheme, host = '', path = ''] = KEY.exec(key) ?? [];
    if ((0,registry_host/* canonicalRegistry */.i7)(host) !== registry)
        return undefined;
    if (key === (0,registry_host/* serverOf */.FN)(registry))
        return EXACT_KEY;
    const isWholeHost = scheme !== undefined || API_PATH.test(path);
    if (isWholeHost)
        return WHOLE_HOST;
    if (`${name}/`.startsWith(`${path}/`))
        return EXACT_KEY + path.length;
    return dialect === 'docker' ? OTHER_PATH : undefined;
}
function readEntry(entry, origin, where) {
    const fields = docker_config_asObject(entry ?? {}, origin, where);
    const read = (name) => asText(fields[name], origin, `${where}, "${name}"`);
    // Go's decoder ignores line breaks, which `base64` inserts into long texts.
    const auth = read('auth')
        .replace(/[\r\n]+/g, '')
        .trim();
    const [username, password] = auth === '' ? [read('username'), read('password')] : decodePair(auth, origin, where);
    const [bearer, identity] = [read('registrytoken'), read('identitytoken')];
    if (bearer !== '')
        return { kind: 'bearer', token: bearer, origin };
    if (identity !== '')
        return { kind: 'identity', token: identity, ...(username !== '' && { username }), origin };
    return username === '' ? undefined : { kind: 'basic', username, password, origin };
}
/** Decodes `auth`: base64, padded or not, of the name, a colon, and a password that may contain colons and end in NULs. */
function decodePair(auth, origin, where) {
    const pair = BASE64.test(auth) ? Buffer.from(auth, 'base64').toString() : '';
    const colon = pair.indexOf(':');
    if (colon < 1)
        throw docker_config_malformed(origin, `${where}, "auth" is not the base64 of NAME:PASSWORD`);
    return [pair.slice(0, colon), pair.slice(colon + 1).replace(/\0+$/, '')];
}
function parseJson(text, origin) {
    try {
        return JSON.parse(text);
    }
    catch {
        // JSON.parse's message quotes the text, which contains secrets.
        throw docker_config_malformed(origin, 'it is not JSON');
    }
}
/** Returns a value that must be an object. Throws `CREDENTIALS_UNREADABLE`, which says where in the file it is. */
function docker_config_asObject(value, origin, where) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value;
    throw docker_config_malformed(origin, `${where} is not an object`);
}
/** Returns a value that must be a string; empty if it is absent. Throws `CREDENTIALS_UNREADABLE`, which says where in the file it is. */
function asText(value, origin, where) {
    if (value === undefined || value === null)
        return '';
    if (typeof value === 'string')
        return value;
    throw docker_config_malformed(origin, `${where} is not a text`);
}
/** Creates the error for a malformed login file. */
function docker_config_malformed(origin, why) {
    return unreadable(`the logins in ${origin} cannot be read: ${why}`, 'Log in again to recreate the file, or fix it. Retag will not try another login.');
}

;// CONCATENATED MODULE: ./src/credentials/github-registry.ts
/** Which registry the job's own token is for. */

const GITHUB = 'https://github.com';
// Gitea's and Forgejo's runners set GITHUB_SERVER_URL too, to their own address: their tokens are not GitHub's.
const OTHER_SERVERS = ['GITEA_ACTIONS', 'FORGEJO_ACTIONS', 'FORGEJO'];
/**
 * Names the container registry of the GitHub that runs the job, by the runner's `GITHUB_SERVER_URL`: ghcr.io, or `containers.HOST`
 * of a GitHub Enterprise. Undefined if the environment does not say: the token must not be sent to another server.
 */
function githubRegistry(env) {
    const server = env.GITHUB_SERVER_URL ?? '';
    if (OTHER_SERVERS.some(name => env[name]))
        return undefined;
    const { protocol, host, origin } = URL.canParse(server) ? new URL(server) : new URL('data:');
    if (origin === GITHUB)
        return (0,registry_host/* canonicalRegistry */.i7)('ghcr.io');
    return protocol === 'https:' ? (0,registry_host/* canonicalRegistry */.i7)(`containers.${host}`) : undefined;
}

;// CONCATENATED MODULE: ./src/credentials/http-headers.ts
/** `HttpHeaders` of Docker's config.json: headers for the registries that the file names. */


/** The most headers in a file. */
const MAXIMUM_HEADERS = 32;
/** The most characters in all headers of a file together. */
const MAXIMUM_HEADERS_LENGTH = 8192;
// RFC 9110, 5.1 and 5.5.
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
// Set by the login, by Retag itself, or for the connection.
const RESERVED = /^(?:(?:proxy-)?authorization|proxy-.*|user-agent|host|accept(?:-.*)?|content-.*|range|if-.*|expect|connection|keep-alive|te|trailer|transfer-encoding|upgrade)$/;
/**
 * Returns a file's headers for the registry of a repository, with names in lower case; none if the file does not name the registry.
 * Reserved names are ignored: old versions of Docker wrote a `User-Agent`. Throws `CREDENTIALS_UNREADABLE` for malformed headers, or too
 * many.
 */
function headersIn(config, repository) {
    if (!namesRegistry(config, repository))
        return {};
    const { origin, httpHeaders } = config;
    const given = Object.entries(docker_config_asObject(httpHeaders ?? {}, origin, '"HttpHeaders"'));
    const headers = given
        .map(([name, value]) => readHeader(name, value, origin))
        .filter(([name]) => !RESERVED.test(name));
    const length = headers.flat().join('').length;
    if (headers.length > MAXIMUM_HEADERS || length > MAXIMUM_HEADERS_LENGTH)
        throw docker_config_malformed(origin, `"HttpHeaders" has more than ${MAXIMUM_HEADERS.toString()} headers or ${MAXIMUM_HEADERS_LENGTH.toString()} characters`);
    return Object.fromEntries(headers);
}
function readHeader(name, value, origin) {
    const where = `"HttpHeaders", "${(0,printable/* printable */.g)(name)}"`;
    if (!NAME.test(name))
        throw docker_config_malformed(origin, `${where} is not a header name`);
    const text = asText(value, origin, where);
    if (!VALUE.test(text))
        throw docker_config_malformed(origin, `${where} is not a header value`);
    return [name.toLowerCase(), text];
}

;// CONCATENATED MODULE: ./src/credentials/credential-helper.ts


/** How long a helper may take, in milliseconds: some call a cloud service. */
const TIMEOUT = 30_000;
/** How much a helper may print, in bytes: the longest logins, Google's keys, take 3 KiB. */
const LIMIT = 64 * 1024;
const credential_helper_NAME = /^\w[\w.-]*$/;
const NOT_FOUND = 'credentials not found in native keychain';
// Instead of a name: the secret is an identity token.
const TOKEN_USER = '<token>';
/** Asks a helper for the login to a server; undefined when it has none. Throws `CREDENTIALS_UNREADABLE`. */
async function askHelper(helper, server, run) {
    // A path could name any program.
    if (!credential_helper_NAME.test(helper.name))
        throw credential_helper_broken(helper, server, 'this is not a valid name of a helper');
    const file = `docker-credential-${helper.name}`;
    const result = await run({ file, args: ['get'], input: server, timeout: TIMEOUT, limit: LIMIT });
    if (result.kind === 'broken')
        throw credential_helper_broken(helper, server, result.reason);
    if (result.code === 0)
        return readLogin(result.output, helper, server);
    if (result.output.includes(NOT_FOUND))
        return undefined;
    throw credential_helper_broken(helper, server, `it failed with exit code ${result.code.toString()}`);
}
function readLogin(output, helper, server) {
    const { Username: username, Secret: secret } = credential_helper_parse(output);
    if (typeof username !== 'string' || typeof secret !== 'string')
        throw credential_helper_broken(helper, server, 'its output is not a login');
    if (username === '' && secret === '')
        return undefined;
    const origin = `docker-credential-${helper.name}, named in ${helper.origin}`;
    return username === TOKEN_USER
        ? { kind: 'identity', token: secret, origin }
        : { kind: 'basic', username, password: secret, origin };
}
function credential_helper_parse(output) {
    try {
        const login = JSON.parse(output);
        return typeof login === 'object' && login !== null ? login : {};
    }
    catch {
        // JSON.parse's message quotes the output, which contains secrets.
        return {};
    }
}
function credential_helper_broken({ name, origin }, server, why) {
    const program = `docker-credential-${(0,printable/* printable */.g)(name)}`;
    return unreadable(`the credential helper ${program}, named in ${origin}, gives no login for ${server}: ${why}`, `Try it on the runner: echo ${server} | ${program} get. If this job needs no login from it, remove the helper from the file.`);
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(161);
// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(421);
;// CONCATENATED MODULE: ./src/credentials/find-program.ts
/** Finds a program on the `PATH`, as the system would, but never in the working directory: a checkout may contain anything. */


// Node starts .bat and .cmd files only through a shell, which parses arguments its own way (CVE-2024-27980).
const STARTED = ['.exe', '.com'];
const REFUSED = ['.cmd', '.bat'];
/** Finds a program by name; a path is used unchanged. Relative folders of `PATH` are ignored. */
async function findProgram(name, options) {
    const isWindows = options.platform === 'win32';
    const path = isWindows ? external_node_path_.win32 : external_node_path_.posix;
    if (path.isAbsolute(name))
        return { path: name };
    const folders = pathOf(options)
        .split(path.delimiter)
        .map(folder => folder.replaceAll('"', ''))
        .filter(folder => path.isAbsolute(folder));
    const find = async (endings) => {
        for (const folder of folders)
            for (const ending of endings) {
                const file = path.join(folder, `${name}${ending}`);
                if (await options.isProgram(file))
                    return file;
            }
        return undefined;
    };
    const program = await find(isWindows ? STARTED : ['']);
    if (program !== undefined)
        return { path: program };
    const script = isWindows ? await find(REFUSED) : undefined;
    return {
        reason: script === undefined
            ? 'there is no such program on the PATH'
            : 'it is a .cmd or .bat file, which Retag does not run; install it as an .exe'
    };
}
/** Tells whether a path names a file that this user may execute. */
async function isProgram(path) {
    try {
        await (0,external_node_fs_promises_.access)(path, external_node_fs_promises_.constants.X_OK);
        return (await (0,external_node_fs_promises_.stat)(path)).isFile();
    }
    catch {
        return false;
    }
}
/** Reads `PATH`; Windows calls it `Path`, in any letter case. */
function pathOf({ env, platform }) {
    if (platform !== 'win32')
        return env.PATH ?? '';
    return Object.entries(env).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';
}

;// CONCATENATED MODULE: ./src/credentials/program.ts
/** Runs a program without a shell, with limits on time and output. */


/** Creates a function that runs programs in an environment. */
function runningIn(env) {
    return async (program) => {
        const found = await findProgram(program.file, { env, platform: process.platform, isProgram: isProgram });
        return 'path' in found
            ? runToEnd({ ...program, file: found.path }, env)
            : { kind: 'broken', reason: found.reason };
    };
}
function runToEnd(program, env) {
    const { file, args, input, timeout, limit } = program;
    return new Promise(resolve => {
        const child = (0,external_node_child_process_.spawn)(file, args, { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
        const printed = [];
        let size = 0;
        const settle = (result) => {
            clearTimeout(timer);
            child.kill('SIGKILL');
            // A process that the program started may keep these open.
            child.stdin.destroy();
            child.stdout.destroy();
            resolve(result);
        };
        const timer = setTimeout(() => {
            settle({ kind: 'broken', reason: `it did not end within ${(timeout / 1000).toString()} s` });
        }, timeout);
        child.stdout.on('data', (chunk) => {
            printed.push(chunk);
            size += chunk.length;
            if (size > limit)
                settle({ kind: 'broken', reason: `it printed more than ${(limit / 1024).toString()} KiB` });
        });
        // A program may not read its input.
        child.stdin.on('error', () => undefined);
        child.on('error', ({ code = 'unknown error' }) => {
            settle({ kind: 'broken', reason: `it cannot be started (${code})` });
        });
        child.on('close', (code, signal) => {
            const output = Buffer.concat(printed).toString();
            if (code === null)
                settle({ kind: 'broken', reason: `it was ended by ${signal ?? 'nobody'}` });
            else
                settle({ kind: 'exited', code, output });
        });
        child.stdin.end(input);
    });
}

;// CONCATENATED MODULE: ./src/credentials/machine.ts
/** What finding credentials needs from the machine, and where its login files are. */




/** The error for a path that is not a regular file of acceptable size; the message says what it is. */
class NotALoginFile extends Error {
}
/** The largest login file that is read, in bytes. */
const MAXIMUM_FILE = 1024 * 1024;
/** The machine that this runs on. */
function thisMachine(env) {
    return {
        env,
        get home() {
            return (0,external_node_os_.homedir)();
        },
        isRoot: process.getuid?.() === 0,
        readFile: readLoginFile,
        run: runningIn(withoutInputs(env))
    };
}
/**
 * Reads a regular file of bounded size. A pipe or device is opened without waiting for a writer, which would block a thread and
 * keep the process from ending.
 */
async function readLoginFile(path) {
    // Windows has no O_NONBLOCK; undefined counts as 0.
    const file = await (0,external_node_fs_promises_.open)(path, external_node_fs_promises_.constants.O_RDONLY | external_node_fs_promises_.constants.O_NONBLOCK);
    try {
        if (!(await file.stat()).isFile())
            throw new NotALoginFile('it is not a regular file');
        const chunks = [];
        let size = 0;
        // One byte more than allowed: the size that the system reports may be wrong, as in /proc.
        for await (const chunk of file.createReadStream({ end: MAXIMUM_FILE, autoClose: false })) {
            chunks.push(chunk);
            size += chunk.length;
        }
        if (size > MAXIMUM_FILE)
            throw new NotALoginFile('it is larger than 1 MiB');
        return Buffer.concat(chunks).toString();
    }
    finally {
        await file.close();
    }
}
/** Removes the step's inputs, which include secrets: the programs that it runs do not need them. */
function withoutInputs(env) {
    return Object.fromEntries(Object.entries(env).filter(([name]) => !/^INPUT_/i.test(name)));
}
/** Returns the directory of Docker's configuration. */
function dockerDirectory(machine) {
    return variable(machine, 'DOCKER_CONFIG') ?? (0,external_node_path_.join)(machine.home, '.docker');
}
/** Returns the directory of Buildx's configuration. */
function buildxDirectory(machine) {
    return variable(machine, 'BUILDX_CONFIG') ?? (0,external_node_path_.join)(dockerDirectory(machine), 'buildx');
}
/** Lists the files in which Podman, Buildah and Skopeo keep logins, in the order in which they look (containers-auth.json). */
function podmanPaths(machine) {
    const file = variable(machine, 'REGISTRY_AUTH_FILE');
    if (file !== undefined)
        return [file];
    const config = variable(machine, 'XDG_CONFIG_HOME') ?? (0,external_node_path_.join)(machine.home, '.config');
    return [...sessionDirectories(machine), (0,external_node_path_.join)(config, 'containers')].map(directory => (0,external_node_path_.join)(directory, 'auth.json'));
}
function sessionDirectories(machine) {
    const session = variable(machine, 'XDG_RUNTIME_DIR');
    if (session !== undefined)
        return [(0,external_node_path_.join)(session, 'containers')];
    // Without a session, as in containers, root's logins are here.
    return machine.isRoot ? ['/run/containers/0'] : [];
}
/** Reads a variable; an empty one counts as unset. */
function variable({ env }, name) {
    return env[name] === '' ? undefined : env[name];
}

;// CONCATENATED MODULE: ./src/credentials/login-files.ts





/** The login files of a machine. */
class LoginFiles {
    #machine;
    #files = new Map();
    #answers = new Map();
    constructor(machine) {
        this.#machine = machine;
    }
    /**
     * Finds the login for a repository in one file: its helper's, else its own; undefined when it has none or there is no
     * such file. Throws `CREDENTIALS_UNREADABLE`.
     */
    async find(path, repository, dialect) {
        const config = await this.read(path);
        if (config === undefined)
            return undefined;
        const name = helperFor(config, repository, dialect);
        const answer = name === '' ? undefined : await this.#ask({ name, origin: config.origin }, repository.registry);
        return answer ?? entryFor(config, repository, dialect);
    }
    /** Reads and parses a file; undefined where there is none. Throws `CREDENTIALS_UNREADABLE`. */
    read(path) {
        return remembered(this.#files, path, () => this.#read(path));
    }
    /** Starts to read several files at once. What goes wrong is thrown by {@link find}, if it gets that far. */
    readAhead(paths) {
        for (const path of paths)
            this.read(path).catch(login_files_ignore);
    }
    async #read(path) {
        const origin = (0,printable/* printable */.g)(path);
        const text = await this.#machine.readFile(path).catch((error) => {
            const reason = reasonOf(error);
            if (reason === 'ENOENT' || reason === 'ENOTDIR')
                return undefined;
            throw unreadable(`the logins in ${origin} cannot be read: ${reason}`, 'Make it a file that the user who runs this job can read, or remove it.');
        });
        return text === undefined ? undefined : parseDockerConfig(text, origin);
    }
    #ask(helper, registry) {
        const server = (0,registry_host/* serverOf */.FN)(registry);
        return remembered(this.#answers, `${helper.name} ${server}`, () => askHelper(helper, server, this.#machine.run));
    }
}
/** Returns the code of Node's error; its message may reveal more about the machine than necessary. */
function reasonOf(error) {
    if (error instanceof NotALoginFile)
        return error.message;
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
function remembered(memory, key, find) {
    const found = memory.get(key) ?? find();
    memory.set(key, found);
    return found;
}
function login_files_ignore() {
    // Thrown when the file's turn comes.
}

;// CONCATENATED MODULE: ./src/credentials/scoped-config.ts
/**
 * The logins that docker/login-action writes for a `scope`, in Docker configurations of their own below Buildx's:
 *
 *     scope: acme/app@push      DIRECTORY/config/HOST/acme/app@push/config.json
 *     scope: acme/app           DIRECTORY/config/HOST/acme/app/config.json
 *     scope: '@push'            DIRECTORY/config/HOST@push/config.json
 *
 * A scope fits when its repository is the one wanted, or it has none, and all of its actions are wanted
 * (github.com/docker/buildx, util/dockerutil/dockerconfig). Docker Hub's host is registry-1.docker.io.
 */


// The most actions first; of single ones, the rarer.
const SCOPES = [['pull', 'push'], ['push', 'pull'], ['push'], ['pull']];
/** Lists the files that may have a scoped login for this, the best match first: for the repository before the host, for more actions before fewer. */
function scopedConfigPaths(buildxDirectory, { registry, name }, actions) {
    const host = (0,external_node_path_.join)(buildxDirectory, 'config', registry === registry_host/* dockerHub */.UD ? 'registry-1.docker.io' : registry);
    const fitting = SCOPES.filter(scope => scope.every(action => actions.includes(action)));
    const suffixes = [...fitting.map(scope => `@${scope.join(',')}`), ''];
    return [(0,external_node_path_.join)(host, name), host].flatMap(place => suffixes.map(suffix => (0,external_node_path_.join)(`${place}${suffix}`, 'config.json')));
}

;// CONCATENATED MODULE: ./src/credentials/keychain.ts
/** The sources of credentials, in order. */








// GHCR accepts any user name with the token.
const GITHUB_TOKEN_USER = 'x-access-token';
/**
 * Creates the keychain of a run: the first source that has a credential for a repository wins. Nothing is read before the first
 * call.
 */
function keychain(given, machine, files = new LoginFiles(machine)) {
    const inFiles = (paths, repository, dialect) => {
        files.readAhead(paths);
        return keychain_firstOf(paths, path => files.find(path, repository, dialect));
    };
    const sources = [
        repository => inputLogin(given.login, repository),
        repository => environmentLogin(machine.env.DOCKER_AUTH_CONFIG, repository),
        (repository, actions) => inFiles(scopedPaths(machine, repository, actions), repository, 'docker'),
        repository => inFiles([(0,external_node_path_.join)(dockerDirectory(machine), 'config.json')], repository, 'docker'),
        repository => inFiles(podmanPaths(machine), repository, 'podman'),
        repository => githubLogin(given.githubToken, repository, machine)
    ];
    return async (repository, actions) => (await keychain_firstOf(sources, source => source(repository, actions))) ?? anonymous;
}
/**
 * Creates a function that finds the headers in Docker's config.json. An unreadable file gives none: the keychain reports it if a
 * login is needed.
 */
function registryHeaders(machine, files) {
    return async (repository) => {
        const config = await files.read((0,external_node_path_.join)(dockerDirectory(machine), 'config.json')).catch(() => undefined);
        return config ? headersIn(config, repository) : {};
    };
}
function inputLogin(login, { registry }) {
    if (login?.registry !== registry)
        return undefined;
    const { username, password } = login;
    return { kind: 'basic', username, password, origin: 'the inputs username and password' };
}
/** Finds a login in the variable. As in Docker, nothing else in it counts: helpers named there belong to another machine. */
function environmentLogin(text, repository) {
    if (!text)
        return undefined;
    return entryFor(parseDockerConfig(text, 'DOCKER_AUTH_CONFIG'), repository, 'docker');
}
function scopedPaths(machine, repository, actions) {
    const isDisabled = /^(?:1|t|true)$/i.test(machine.env.DOCKER_LOGIN_SCOPE_DISABLED ?? '');
    return isDisabled ? [] : scopedConfigPaths(buildxDirectory(machine), repository, actions);
}
/** Creates a login from the job's token, for the registry of the GitHub that runs the job. */
function githubLogin(token, { registry }, { env }) {
    if (token === '' || registry !== githubRegistry(env))
        return undefined;
    return {
        kind: 'basic',
        username: GITHUB_TOKEN_USER,
        password: token,
        origin: 'the input github-token'
    };
}
async function keychain_firstOf(items, find) {
    for (const item of items) {
        const found = await find(item);
        if (found !== undefined)
            return found;
    }
    return undefined;
}

;// CONCATENATED MODULE: ./src/registry/downloads.ts


/** How often a download may break. */
const MAXIMUM_BREAKS = 4;
/** Downloads a blob. Throws `DIGEST_MISMATCH` where it is not what its descriptor says, and what the connection throws. */
async function* downloadBlob(origin) {
    const check = new Check(origin.blob);
    let last;
    for (let breaks = 0; !check.isComplete(); breaks++) {
        const stream = await remainder(origin, check.received);
        try {
            for await (const chunk of stream) {
                check.add(chunk);
                // The last piece waits until it is certain that nothing follows it.
                if (check.isComplete())
                    last = chunk;
                else
                    yield chunk;
            }
            check.end();
        }
        catch (error) {
            if (!(0,errors/* isUnavailable */.Pd)(error) || breaks === MAXIMUM_BREAKS)
                throw error;
            if (!check.isComplete())
                await origin.pause(breaks + 1);
        }
    }
    if (last !== undefined)
        yield last;
}
/** Asks for a blob from a byte on. */
async function remainder({ fetch }, start) {
    const response = await fetch(start);
    if (response.status === 206 && isRangeFrom(response, start))
        return skip(response.stream, 0);
    if (response.status === 200)
        return skip(response.stream, start);
    response.stream?.cancel();
    return skip((await fetch(0)).stream, start);
}
async function* skip(stream, count) {
    let left = count;
    for await (const chunk of stream ?? []) {
        if (chunk.length > left)
            yield chunk.subarray(left);
        left = Math.max(0, left - chunk.length);
    }
}
function isRangeFrom({ headers }, start) {
    return new RegExp(`^bytes ${start.toString()}-`).test(headers['content-range'] ?? '');
}
/** Checks what is received against a descriptor. */
class Check {
    received = 0;
    #isComplete = false;
    #blob;
    #hasher;
    constructor(blob) {
        this.#blob = blob;
        this.#hasher = hasherLike(blob.digest);
    }
    /** Whether all has been received, and is right. */
    isComplete() {
        return this.#isComplete;
    }
    add(chunk) {
        this.received += chunk.length;
        if (this.received > this.#blob.size)
            throw this.#mismatch(`is larger than the ${this.#size} it should have`);
        this.#hasher.update(chunk);
        if (this.received === this.#blob.size)
            this.#complete();
    }
    /** Notes that nothing follows. */
    end() {
        if (this.received < this.#blob.size)
            throw this.#mismatch(`ended after ${this.received.toString()} of ${this.#size}`);
        if (!this.#isComplete)
            this.#complete();
    }
    #complete() {
        const digest = this.#hasher.digest();
        if (digest !== this.#blob.digest)
            throw this.#mismatch(`arrived as ${digest}`);
        this.#isComplete = true;
    }
    get #size() {
        return `${this.#blob.size.toString()} bytes`;
    }
    #mismatch(what) {
        return new errors/* PromotionError */.g1('DIGEST_MISMATCH', `the blob ${this.#blob.digest} ${what}`, {
            advice: 'Nothing was tagged. The source registry, or something before it, serves other content than was pushed.'
        });
    }
}

;// CONCATENATED MODULE: ./src/registry/blob-source.ts
/** A blob in a registry, as the body of an upload to another repository. */

/** Reads a blob from its registry, from the beginning each time that it is opened. */
class BlobSource {
    length;
    /** What reading it ended with, where it could not be read to its end. */
    failure;
    /** Whether reading it has begun, so that an upload was sent. */
    isRead = false;
    #origin;
    #onBytes;
    #prepared;
    #sent = 0;
    /** `onBytes` gets the bytes sent, and a negative count for those that are sent again. */
    constructor(origin, onBytes) {
        this.length = origin.blob.size;
        this.#origin = origin;
        this.#onBytes = onBytes;
    }
    /** Asks for the blob ahead of {@link open}, so that this round trip and the one that opens the upload run side by side. */
    prepare() {
        this.#prepared ??= this.#origin.fetch(0);
        // Its reader gets the error.
        this.#prepared.catch(() => undefined);
    }
    /** Drops what was prepared and not read. */
    release() {
        this.#take()?.then(({ stream }) => stream?.cancel(), () => undefined);
    }
    async *open() {
        this.isRead = true;
        if (this.#sent > 0)
            this.#onBytes(-this.#sent);
        this.#sent = 0;
        const fetch = (start) => (start === 0 ? this.#take() : undefined) ?? this.#origin.fetch(start);
        try {
            for await (const chunk of downloadBlob({ ...this.#origin, fetch })) {
                yield chunk;
                this.#sent += chunk.length;
                this.#onBytes(chunk.length);
            }
        }
        catch (error) {
            this.failure = error;
            throw error;
        }
    }
    #take() {
        const prepared = this.#prepared;
        this.#prepared = undefined;
        return prepared;
    }
}

;// CONCATENATED MODULE: ./src/registry/chunker.ts
/** Cuts a stream into slices of given lengths, without copying a byte. */
/** Gives a stream slice by slice; each must be read to its end before the next. */
class Slicer {
    #pieces;
    #left = new Uint8Array();
    constructor(stream) {
        this.#pieces = stream[Symbol.asyncIterator]();
    }
    /** Gives the next bytes, so many of them as long as there are any. */
    async *take(length) {
        for (let wanted = length; wanted > 0;) {
            const piece = this.#left.length > 0 ? this.#left : await this.#next();
            if (piece === undefined)
                return;
            const slice = piece.subarray(0, wanted);
            this.#left = piece.subarray(slice.length);
            wanted -= slice.length;
            yield slice;
        }
    }
    /** Gives up the rest. */
    async close() {
        await this.#pieces.return?.();
    }
    async #next() {
        const next = await this.#pieces.next();
        return next.done === true ? undefined : next.value;
    }
}

// EXTERNAL MODULE: ./src/registry/http/local-host.ts
var local_host = __webpack_require__(34);
;// CONCATENATED MODULE: ./src/registry/upload-location.ts




/**
 * Reads where an upload continues after a request. Throws `REGISTRY_REJECTED` where the answer does not say, leads from https
 * to http, or to what only the runner can reach (GHSA-jxpm-75mh-9fp7).
 */
function uploadLocation(request, response) {
    const { url: asked, access } = request;
    const url = resolved(response.headers.location, asked);
    if (url === undefined)
        throw upload_location_unusable(request, `to "${(0,printable/* printable */.g)(response.headers.location ?? '')}", which is no address`);
    const why = objection(url, asked);
    if (why !== undefined)
        throw upload_location_unusable(request, why);
    const namedBy = request.namedBy ?? asked;
    return {
        url,
        ...(access && (0,http_message/* isSameOrigin */.J6)(url, asked) && { access }),
        ...(namedBy.hostname !== url.hostname && { namedBy })
    };
}
function resolved(location, asked) {
    const isBare = location?.startsWith(`${asked.host}/`) === true;
    const named = isBare ? `${asked.protocol}//${location}` : location;
    return named !== undefined && URL.canParse(named, asked.href) ? new URL(named, asked) : undefined;
}
function objection(url, asked) {
    if (url.protocol !== 'https:' && url.protocol !== asked.protocol)
        return `from ${asked.protocol} to ${(0,printable/* printable */.g)(url.protocol)}`;
    const isLocal = url.hostname !== asked.hostname && (0,local_host/* isLocalHost */.m)(url.hostname);
    return isLocal ? `to ${(0,printable/* printable */.g)(url.origin)}, which is on this machine or in a private network` : undefined;
}
/** Makes the address that ends an upload, by naming what was uploaded; the query there is stays as it is. */
function closingUrl({ url }, digest) {
    const closing = new URL(url);
    closing.search = `${url.search}${url.search === '' ? '?' : '&'}digest=${digest}`;
    return closing;
}
function upload_location_unusable(request, where) {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${(0,http_message/* describeRequest */.Ng)(request)}: the registry leads the upload ${where}`, {
        advice: 'Check that the registry is the one you mean. Behind a proxy, its administrator has to tell it its own address (X-Forwarded-Proto).'
    });
}

;// CONCATENATED MODULE: ./src/registry/uploads.ts



// Below the 100 MB that Cloudflare takes at once, above the 5 MiB that it and Cloudsmith want at least.
const uploads_CHUNK_BYTES = 32 * 1024 * 1024;
// A registry that asks for less would have a blob sent in millions of requests: it gets the blob at once.
const LEAST_CHUNK_BYTES = 1024 * 1024;
/** Reads the upload that an answer to POST opened. */
function openedUpload(request, response) {
    const { 'oci-chunk-min-length': minimum, 'oci-chunk-max-length': maximum } = response.headers;
    const largest = positive(maximum) ?? Infinity;
    const asksForChunks = (minimum ?? maximum) !== undefined && largest >= LEAST_CHUNK_BYTES;
    const chunk = Math.min(Math.max(positive(minimum) ?? 0, uploads_CHUNK_BYTES), largest);
    return { ...uploadLocation(request, response), ...(asksForChunks && { chunk }) };
}
/** Sends a blob to an open upload. The response is the last of the exchange: it says whether the blob was taken. */
function upload(send, to, content) {
    const chunk = to.chunk ?? (content.chunked ? uploads_CHUNK_BYTES : Infinity);
    return content.blob.size > chunk
        ? uploadInChunks(send, { ...to, chunk }, content)
        : send(uploadRequest('PUT', { ...to, url: closingUrl(to, content.blob.digest) }, content.source));
}
async function uploadInChunks(send, to, content) {
    const { blob, source } = content;
    const slicer = new Slicer(source.open());
    try {
        let at = to;
        for (let start = 0; start < blob.size; start += to.chunk) {
            const length = Math.min(to.chunk, blob.size - start);
            const request = uploadRequest('PATCH', at, { length, open: uploads_once(() => slicer.take(length)) });
            const range = `${start.toString()}-${(start + length - 1).toString()}`;
            const response = await send({ ...request, headers: { ...request.headers, 'content-range': range } });
            if (!isTaken(response))
                return response;
            if (response.headers.location !== undefined)
                at = uploadLocation(request, response);
        }
        return await send(uploadRequest('PUT', { ...at, url: closingUrl(at, blob.digest) }, new Uint8Array()));
    }
    finally {
        await slicer.close();
    }
}
/** Tells whether a registry took what was sent: 201 by the specification, others by habit (204; ECR's 201 to PATCH). */
function isTaken({ status }) {
    return status >= 200 && status <= 204;
}
function uploadRequest(method, { url, access, namedBy }, body) {
    const headers = { 'content-type': 'application/octet-stream' };
    return {
        method,
        url,
        headers,
        limit: 0,
        ...(body && { body }),
        ...(access && { access }),
        ...(namedBy && { namedBy })
    };
}
/** A chunk cannot be read twice: to repeat its request, the upload has to start again. */
function uploads_once(open) {
    let isOpened = false;
    return () => {
        if (isOpened)
            throw new errors/* PromotionError */.g1('REGISTRY_UNAVAILABLE', 'the upload of a chunk was interrupted');
        isOpened = true;
        return open();
    };
}
function positive(header) {
    const value = Number(header);
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

;// CONCATENATED MODULE: ./src/registry/auth/advice.ts
// The first match wins.
const advice_rules = [
    {
        registry: /^ghcr\.io$/,
        advice: isPush => `Give the job "permissions: packages: ${isPush ? 'write' : 'read'}". If the package is not this repository's own, ` +
            `add this repository in the package's settings, under "Manage Actions access", with the role ${isPush ? 'Write' : 'Read'}. ` +
            `A personal access token (classic) needs the scope ${isPush ? 'write' : 'read'}:packages.`
    },
    {
        registry: /^\d+\.dkr[.-]ecr\b/,
        said: /expired/i,
        advice: () => 'ECR logins expire after 12 hours, and this one has expired. Log in again in this job, before this step, ' +
            'with aws-actions/amazon-ecr-login.'
    },
    {
        registry: /^\d+\.dkr[.-]ecr\b/,
        advice: isPush => 'Log in to this account and region in this job, with aws-actions/amazon-ecr-login; logins expire after 12 hours. ' +
            `The role needs ${isPush ? 'ecr:PutImage, ecr:BatchCheckLayerAvailability and ' : ''}ecr:BatchGetImage on the repository. ` +
            'To copy between repositories, it also needs ' +
            (isPush
                ? 'ecr:InitiateLayerUpload, ecr:UploadLayerPart and ecr:CompleteLayerUpload on the target, and '
                : '') +
            'ecr:GetDownloadUrlForLayer on the source.'
    },
    {
        registry: /^public\.ecr\.aws$/,
        advice: isPush => 'Log in again in this job, with aws-actions/amazon-ecr-login, "registry-type: public" and region us-east-1; ' +
            `logins expire after 12 hours.${isPush ? ' The role needs ecr-public:PutImage on the repository.' : ''}`
    },
    {
        registry: /^docker\.io$/,
        advice: isPush => `Log in with docker/login-action and an access token of a user who may ${isPush ? 'push to' : 'pull from'} this repository` +
            (isPush
                ? ', with the permission "Read & Write". The Docker Hub login preinstalled on GitHub\'s runners can only pull.'
                : '.')
    },
    {
        registry: /-docker\.pkg\.dev$|^(?:[a-z]+\.)?gcr\.io$/,
        advice: isPush => 'Log in again in this job: access tokens (user name oauth2accesstoken) expire after one hour. The account needs ' +
            `roles/artifactregistry.${isPush ? 'writer' : 'reader'} on the repository, and the repository must exist.`
    },
    {
        registry: /\.azurecr\.(?:io|cn|us)$/,
        advice: isPush => 'Log in again in this job, with "az acr login"; logins expire after three hours. ' +
            `The identity needs the role ${isPush ? 'AcrPush' : 'AcrPull'} in this registry.`
    },
    {
        registry: /^quay\.io$/,
        advice: isPush => `Give the robot account the permission ${isPush ? 'Write' : 'Read'} on this repository, ` +
            'and log in with its full name, NAMESPACE+NAME.'
    },
    {
        registry: /^registry\.gitlab\.com$/,
        advice: gitlab
    },
    {
        traces: /\/jwt\/auth\b/,
        advice: gitlab
    },
    {
        traces: /realm="harbor"|service="?harbor-registry/,
        advice: (isPush, hasLogin) => `Check that the Harbor project exists, and that the robot account may pull${isPush ? ' and push' : ''} there. ` +
            (hasLogin
                ? 'Check its password too: Harbor treats a robot account with a wrong password as anonymous. '
                : '') +
            'Robot names contain a $: use single quotes in a shell.'
    }
];
const fallback = {
    advice: isPush => `Use a login that is valid for this registry and may pull from${isPush ? ' and push to' : ''} this repository.`
};
/** Says where the credential came from and how to fix the error. */
function denialAdvice(denial) {
    const { registry, actions, shown } = denial;
    const login = shown === undefined
        ? `No login for ${registry} was found, so the request was anonymous: the inputs username and password are for the input registry only.`
        : `The login came from ${shown}.`;
    const { advice } = advice_rules.find(rule => matches(rule, denial)) ?? fallback;
    return `${login} ${advice(actions.includes('push'), shown !== undefined)}`;
}
function matches(rule, denial) {
    return ['registry', 'said', 'traces'].every(part => rule[part]?.test(denial[part]) ?? true);
}
function gitlab(isPush) {
    return (`The token needs the ${isPush ? 'scopes read_registry and write_registry' : 'scope read_registry'}, and its owner ` +
        `the role ${isPush ? 'Developer' : 'Reporter'} in the GitLab project. A CI job token expires with its job.`);
}

;// CONCATENATED MODULE: ./src/registry/http/error-body.ts
/** Reads the body of a registry's error (OCI distribution specification, *Error codes*). */



const MAXIMUM_ERRORS = 3;
// Where registries put their explanation: Artifactory, Quay, zot, others; distribution names the missing digest.
const explanations = ['description', 'error', 'reason', 'message', 'digest'];
/**
 * Reads an error body as `CODE: message: detail`; a body of another form is returned as text, empty if it says nothing. At most
 * three errors of 300 characters each.
 */
function readErrorBody(body) {
    const text = new TextDecoder().decode(body);
    try {
        const answer = (0,oci_json/* parseJson */.qF)(text);
        // Quirk: Quay's refusal is `true`.
        if (answer === null || ['boolean', 'number'].includes(typeof answer))
            return '';
        const errors = readErrors(answer);
        if (errors.length > 0)
            return errors.slice(0, MAXIMUM_ERRORS).join('; ');
    }
    catch {
        // Plain text, HTML or XML, usually a proxy's: shown without its tags.
    }
    return (0,printable/* printable */.g)(text.replace(/<(style|script)\b[\s\S]*?(?:<\/\1\s*>|$)|<[^>]*>?/gi, ' '));
}
/** Tells whether a body is a web page, usually a login page or a proxy's. */
function isWebPage(body) {
    return /^\s*<[!a-z]/i.test(new TextDecoder().decode(body.subarray(0, 64)));
}
/** Explains a refusal in one line: the registry's message, the request and the status. */
function explainRefusal({ method }, { url, status, body }) {
    const unexplained = method === 'HEAD'
        ? 'the registry refused (an answer to HEAD says no more)'
        : 'the registry gave no error message';
    return `${readErrorBody(body) || unexplained} (${(0,http_message/* describeRequest */.Ng)({ method, url })} → status ${status.toString()})`;
}
/** Tells whether a registry refuses a manifest because it lacks something that the manifest lists. */
function isContentMissing(said) {
    return /(?:BLOB|MANIFEST)_UNKNOWN|(?:blob|manifest) unknown|unknown (?:blob|manifest)/i.test(said);
}
function readErrors(body) {
    if (!(0,oci_json/* isObject */.Gv)(body))
        return [];
    // Quirk: zot sends a bare error object, Docker Hub `details` or `message` alone.
    const errors = Array.isArray(body.errors) ? body.errors : [body];
    return errors.filter(oci_json/* isObject */.Gv).flatMap(error => {
        const stated = [error.code, error.message ?? error.details].filter(isText).join(': ');
        const detail = detailOf(error.detail);
        const said = detail === undefined || stated.includes(detail) ? stated : `${stated}: ${detail}`;
        return said === '' ? [] : [(0,printable/* printable */.g)(said.replace(/^: /, ''))];
    });
}
function detailOf(detail) {
    if (isText(detail))
        return detail;
    return (0,oci_json/* isObject */.Gv)(detail) ? explanations.map(name => detail[name]).find(isText) : undefined;
}
function isText(value) {
    return typeof value === 'string' && value !== '';
}

;// CONCATENATED MODULE: ./src/registry/http/loopback-tls.ts
/**
 * Registries on this machine may speak plain HTTP or TLS (Docker tries both). Plain HTTP is tried first. As the first answer, any of
 * these means that the server wants TLS:
 *
 *     400, "HTTP request to an HTTPS server"     Go, nginx, Apache
 *     a TLS alert instead of HTTP                OpenSSL
 *     the connection breaks                      Node and others: confirmed by a handshake
 *
 * Certificates are verified as for any other host.
 */






/** How long a handshake on this machine may take, in milliseconds. */
const loopback_tls_TIMEOUT = 5_000;
/** A server that speaks TLS got plain HTTP. The error has no cause, so that it is not retried. */
class SpeaksTls extends errors/* PromotionError */.g1 {
}
/** Finds out which registries on this machine want TLS. */
class LoopbackTls {
    #plain = new Set();
    #secure = new Set();
    /** Tells whether a registry on this machine is known to want TLS. */
    wantsTls = (registry) => this.#secure.has(registry);
    /** The lower layer: fails, without a retry, if a registry wants TLS. */
    detecting = (send) => {
        return async (request) => {
            const { host } = request.url;
            if (!isPlainLoopback(request) || this.#plain.has(host))
                return send(request);
            const response = await send(request).catch(async (error) => {
                if (await isFromTls(request, error))
                    throw speaksTls(request);
                throw error;
            });
            if (saysTls(response))
                throw speaksTls(request);
            this.#plain.add(host);
            return response;
        };
    };
    /** The upper layer: sends over TLS what a registry does not accept without. */
    switching = (send) => {
        return async (request) => {
            if (!isPlainLoopback(request))
                return send(request);
            try {
                return await send(request);
            }
            catch (error) {
                if (!(error instanceof SpeaksTls))
                    throw error;
            }
            this.#secure.add(request.url.host);
            const url = new URL(request.url);
            url.protocol = 'https:';
            return send({ ...request, url });
        };
    };
}
/** Tells whether an answer over plain HTTP says that the server wants TLS. */
function saysTls({ status, body }) {
    return (status === 400 &&
        /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)|plain HTTP to an SSL/i.test(readErrorBody(body)));
}
function isPlainLoopback({ url }) {
    return url.protocol === 'http:' && (0,registry_host/* isLoopback */.U9)(url.host);
}
async function isFromTls({ url }, error) {
    if (!(error instanceof errors/* PromotionError */.g1))
        return false;
    return isTlsAlert(error.cause) || (isPassing(error) && (await handshake(url)));
}
/** Tells whether a server completes a handshake, or would but for its certificate; no request is sent. */
function handshake({ hostname, port }) {
    return new Promise(resolve => {
        const host = (0,http_message/* withoutBrackets */.o4)(hostname);
        const socket = (0,external_node_tls_.connect)({ host, port: Number(port || 80), timeout: loopback_tls_TIMEOUT });
        const settle = (isTls) => {
            socket.destroy();
            resolve(isTls);
        };
        socket
            .once('secureConnect', () => {
            settle(true);
        })
            .on('error', error => {
            settle(isCertificateError(error));
        })
            .once('timeout', () => {
            settle(false);
        });
    });
}
function speaksTls(request) {
    return new SpeaksTls('REGISTRY_UNAVAILABLE', `${(0,http_message/* describeRequest */.Ng)(request)}: it speaks TLS`, {
        advice: 'Check the host and port of the registry.'
    });
}

;// CONCATENATED MODULE: ./src/registry/errors.ts
/** Turns a registry's refusal into a `PromotionError`: what was asked, what the registry said, what to do. */





/** Makes the error of a response whose status says that the request was not done. */
function responseError(request, response) {
    const refusal = { request, response, said: readErrorBody(response.body) };
    const reason = reasons.find(({ applies }) => applies(refusal));
    const code = reason?.code ?? errors_codeOf(refusal);
    return new errors/* PromotionError */.g1(code, explainRefusal(request, response), {
        advice: reason?.advice ?? adviceOn(code, refusal),
        isContentMissing: isContentRefusal(refusal)
    });
}
function errors_codeOf({ response, said }) {
    const { status } = response;
    if (status === 401)
        return isKnown(response) ? 'DENIED' : 'UNAUTHORIZED';
    // Quirk: ECR Public denies with 400.
    if (status === 403 || (status === 400 && said.startsWith('DENIED')))
        return 'DENIED';
    return status === 408 || status === 429 || status >= 500 ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_REJECTED';
}
/** Tells whether a 401 means missing rights rather than an unknown user: distribution answers 401 for both. */
function isKnown({ headers, shown }) {
    return shown !== undefined && (headers['www-authenticate'] ?? '').includes('insufficient_scope');
}
// The first that applies counts. Registries agree neither on statuses nor on codes (registries.md 10 and 11).
const reasons = [
    {
        // A secondary rate limit (GitHub).
        applies: ({ response: { status, headers } }) => status === 403 && headers['retry-after'] !== undefined,
        code: 'REGISTRY_UNAVAILABLE',
        advice: 'The registry limits how often it may be asked. Run the job again in a while.'
    },
    {
        applies: ({ said, response: { status } }) => errors_isRefused(status) && QUOTA.test(said),
        code: 'REGISTRY_REJECTED',
        advice: "The project's storage quota is used up. Delete unused images, or raise the quota."
    },
    {
        applies: ({ said, response: { status } }) => errors_isRefused(status) && PROTECTED.test(said),
        advice: 'The registry protects this tag from being moved. Choose a new tag, or change the rule in the registry.'
    },
    {
        applies: ({ said, response: { status } }) => errors_isRefused(status) && /project\b.*\b(?:not found|does not exist)/i.test(said),
        code: 'REGISTRY_REJECTED',
        advice: 'Create the project in the registry, or correct its name: it is the first part of the repository.'
    },
    {
        applies: ({ request, response: { status } }) => errors_isWrite(request) && status === 405,
        advice: 'The registry takes no uploads here: it is read-only, or a pull-through cache. Name the registry that it mirrors.'
    },
    {
        applies: refusal => isContentRefusal(refusal),
        code: 'REGISTRY_REJECTED',
        advice: 'The image is not complete in this repository: a clean-up may have deleted what the registry names, or it is a layer ' +
            'from elsewhere (foreign) whose address the registry does not allow. Push the image again.'
    },
    {
        applies: ({ request: { url }, response }) => url.protocol === 'http:' &&
            (saysTls(response) ||
                (response.status >= 300 &&
                    response.status < 400 &&
                    /^https:/i.test(response.headers.location ?? ''))),
        advice: 'The registry wants TLS. Remove it from insecure-registries.'
    },
    {
        applies: ({ request: { method, url }, response: { status } }) => status === 500 && method === 'GET' && /\/manifests\/sha(?:256|512):/.test(url.pathname),
        advice: "Check that this is a manifest's digest. An image ID, as `docker images` shows it, is not: docker/build-push-action has " +
            'the digest in its output "digest". Otherwise run the job again in a while.'
    }
];
const QUOTA = /\bquota\b|exceed\w* the configured upper limit|storage (?:limit|space) (?:is )?exceeded/i;
const PROTECTED = /immutab|cannot be overwritten|cannot overwrite|already exists|does not allow updating|disallowed|tag_policy/i;
function errors_isRefused(status) {
    return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
function errors_isWrite({ method }) {
    return method !== 'GET' && method !== 'HEAD';
}
/** Quirk: distribution refuses a foreign layer with 500, and says `MANIFEST_BLOB_UNKNOWN` within. */
function isContentRefusal({ request, response: { status }, said }) {
    const isUpload = request.method === 'PUT' && request.url.pathname.includes('/manifests/');
    return isUpload && (errors_isRefused(status) || status === 500) && isContentMissing(said);
}
function adviceOn(code, refusal) {
    if (code === 'REGISTRY_UNAVAILABLE')
        return 'The registry cannot answer now. Run the job again in a while.';
    return code === 'REGISTRY_REJECTED'
        ? 'Check that the repository exists and accepts this kind of image.'
        : adviceOnDenial(refusal);
}
function adviceOnDenial({ said, request: { access, url }, response }) {
    if (access === undefined || !(0,http_message/* isSameOrigin */.J6)(response.url, url))
        return 'Retag sends no credentials to this host. Check that the registry is the one you mean.';
    return denialAdvice({
        registry: access.repository.registry,
        actions: access.actions,
        said,
        shown: response.shown,
        traces: `${url.href} ${response.headers['www-authenticate'] ?? ''}`
    });
}

;// CONCATENATED MODULE: ./src/registry/blobs.ts






/** How often the upload of a blob is begun. */
const UPLOAD_ATTEMPTS = 4;
// Statuses after which another upload may succeed: the session, the token or the connection is gone.
const passing = [401, 404, 408, 413, 416, 500, 502, 503, 504];
// Statuses that refuse every mount, whatever the blob.
const general = [400, 401, 403, 405];
/** A client of the blobs of any number of registries. Every method throws `PromotionError`. */
class BlobClient {
    #send;
    #endpoint;
    #pause;
    #unmountable = new Set();
    constructor(send, { endpoint, pause }) {
        this.#send = send;
        this.#endpoint = endpoint;
        this.#pause = pause;
    }
    /** Asks whether a repository has a blob. Quirk: Artifactory answers 403 for absent ones; uploading tells which it is. */
    async hasBlob(repository, digest) {
        const { status } = await this.#send(this.#endpoint.request('HEAD', repository, `blobs/${digest}`));
        return status === 200;
    }
    /**
     * Mounts a blob where that is possible; else copies it, unless it is there. `onBytes` gets the bytes sent, and a negative count for those
     * that are sent again.
     */
    async placeBlob(placement, onBytes) {
        const linked = await this.#link(placement);
        if (typeof linked === 'string')
            return linked;
        let opened = linked;
        const source = this.#sourceOf(placement, onBytes);
        let chunked = false;
        for (let attempt = 1;; attempt++) {
            const failure = await this.#transfer(placement, opened, { blob: placement.blob, source, chunked });
            if (failure === undefined)
                return 'copied';
            // An error of the download is final: it has been resumed as often as allowed.
            if (!failure.isPassing || failure.error === source.failure || attempt === UPLOAD_ATTEMPTS)
                throw failure.error;
            chunked ||= failure.wantsChunks;
            opened = undefined;
            await this.#pause(attempt);
            // The upload may be done: what is large is not sent again before that is known.
            if (await this.#hasArrived(placement, source, failure))
                return 'copied';
        }
    }
    /** Sends a blob to an upload that is open, or to a new one. Tells how that failed; undefined when it did not. */
    async #transfer(placement, opened, content) {
        // What could be mounted is in a registry that may refuse the upload as it refused the mount.
        if (!(0,oci_reference/* canMount */.an)(placement))
            content.source.prepare();
        try {
            return await this.#attempt(placement, async () => upload(this.#send, opened ?? (await this.#open(placement.to)), content));
        }
        finally {
            content.source.release();
        }
    }
    /** Tells how an upload failed; undefined when it did not. */
    async #attempt({ to, blob }, work) {
        try {
            const response = await work();
            if (isTaken(response)) {
                if (isNamed(response, blob) || (await this.#isKept(response, to, blob)))
                    return undefined;
                throw blobs_mismatch(response, blob);
            }
            const request = { ...this.#endpoint.request('PUT', to, ''), url: response.url };
            return {
                error: responseError(request, response),
                isPassing: passing.includes(response.status),
                wantsChunks: response.status === 413,
                isLost: false
            };
        }
        catch (error) {
            // Its connection is gone, or that of the download: the upload has no answer.
            if (!(0,errors/* isUnavailable */.Pd)(error))
                throw error;
            return { error, isPassing: true, wantsChunks: false, isLost: true };
        }
    }
    /** Tells whether a blob is there that an answer names by another algorithm. Quirk: distribution names those by sha512 by sha256. */
    async #isKept({ headers }, to, { digest }) {
        const [named = '', wanted] = [headers['docker-content-digest'], digest].map(text => text?.split(':')[0]);
        return named !== wanted && (await this.hasBlob(to, digest));
    }
    /** Tells whether a blob has arrived although the answer was lost; false also where that cannot be told. */
    async #hasArrived({ to, blob }, source, failure) {
        if (!failure.isLost || !source.isRead)
            return false;
        try {
            return await this.hasBlob(to, blob.digest);
        }
        catch (error) {
            if ((0,errors/* isUnavailable */.Pd)(error))
                return false;
            throw error;
        }
    }
    /** Mounts a blob within a registry, or finds that it is there; else gives the upload that the registry may have opened instead. */
    async #link(placement) {
        if (!(0,oci_reference/* canMount */.an)(placement))
            return undefined;
        const mounted = await this.#mount(placement);
        if (mounted === 'mounted')
            return (await this.#isMounted(placement)) ? mounted : undefined;
        const { to, blob, isMissing = false } = placement;
        return !isMissing && (await this.hasBlob(to, blob.digest)) ? 'present' : mounted;
    }
    /** Tries a mount; if the registry opens an upload instead, that is used; any other answer is ignored. */
    async #mount(placement) {
        const { from, to, blob } = placement;
        const pair = `${(0,oci_reference/* formatRepository */.Sh)(from)} ${(0,oci_reference/* formatRepository */.Sh)(to)}`;
        if (this.#unmountable.has(pair))
            return undefined;
        const plain = this.#endpoint.request('POST', to, `blobs/uploads/?mount=${blob.digest}&from=${from.name}`);
        const request = { ...plain, body: new Uint8Array(), access: { ...plain.access, from } };
        try {
            const response = await this.#send(request);
            if (response.status === 201 && isNamed(response, blob))
                return 'mounted';
            if (response.status === 202)
                return openedUpload(request, response);
            if (general.includes(response.status))
                this.#unmountable.add(pair);
        }
        catch (error) {
            if (!(error instanceof errors/* PromotionError */.g1))
                throw error;
            // No token for both repositories, as a rule. A broken connection says nothing about the next mount.
            if (!(0,errors/* isUnavailable */.Pd)(error))
                this.#unmountable.add(pair);
        }
        return undefined;
    }
    async #isMounted({ to, blob: { digest } }) {
        return !digest.startsWith('sha512:') || (await this.hasBlob(to, digest));
    }
    async #open(repository) {
        const request = {
            ...this.#endpoint.request('POST', repository, 'blobs/uploads/'),
            body: new Uint8Array()
        };
        const response = await this.#send(request);
        if (response.status !== 202)
            throw responseError(request, response);
        return openedUpload(request, response);
    }
    #sourceOf({ from, blob }, onBytes) {
        const fetch = (start) => this.#fetch(from, blob, start);
        return new BlobSource({ blob, fetch, pause: this.#pause }, onBytes);
    }
    async #fetch(repository, { digest, size }, start) {
        const request = {
            ...this.#endpoint.request('GET', repository, `blobs/${digest}`),
            headers: start === 0 ? {} : { range: `bytes=${start.toString()}-` },
            limit: size - start,
            streamed: true
        };
        const response = await this.#send(request);
        if (response.stream === undefined)
            throw responseError(request, response);
        return response;
    }
}
function isNamed({ headers }, { digest }) {
    return (headers['docker-content-digest'] ?? digest) === digest;
}
function blobs_mismatch(response, { digest }) {
    const named = (0,printable/* printable */.g)(response.headers['docker-content-digest'] ?? '');
    return new errors/* PromotionError */.g1('DIGEST_MISMATCH', `uploaded the blob ${digest}, the registry has ${named}`, {
        advice: 'Nothing was tagged. The target registry, or something before it, changes what is uploaded.'
    });
}

;// CONCATENATED MODULE: ./src/registry/endpoint.ts

/** Where registries are asked. */
class Endpoint {
    #settings;
    constructor(settings) {
        this.#settings = settings;
    }
    /** Makes a request for something below a repository, with no headers and no body; the body of the answer is not read. */
    request(method, repository, path) {
        const { insecure, wantsTls } = this.#settings;
        const { registry } = repository;
        const origin = wantsTls(registry) ? `https://${registry}` : (0,registry_host/* apiOrigin */.lG)(registry, insecure);
        return {
            method,
            url: new URL(`${origin}/v2/${repository.name}/${path}`),
            headers: {},
            limit: 0,
            access: { repository, actions: this.#settings.actionsIn(repository) }
        };
    }
}

;// CONCATENATED MODULE: ./src/registry/link.ts
/**
 * Lists that come in pages, linked by the `Link` header (RFC 8288):
 *
 *     </v2/a/referrers/sha256:…?n=100&last=x>; rel="next"
 *     https://host/v2/a/…?last=x; rel=next               Quirk: Cloudflare, without the brackets and quotes
 */



const NEXT = /(?:^|,)\s*(?:<([^>]*)>|([^\s,;<>]+))\s*;(?:[^,<]*;)?\s*rel="?next"?\s*(?=[;,]|$)/i;
const TAG_LIST = /\/tags\/list\/?$/;
/**
 * Fetches a list page by page, each address once. Throws `REGISTRY_REJECTED` when there are more pages than `maximum`, or one is
 * on another origin.
 */
async function* pagesOf(send, first, maximum) {
    const visited = new Set();
    for (let url = first.url; url !== undefined && !visited.has(url.href);) {
        if (visited.size === maximum)
            throw endless(first);
        visited.add(url.href);
        const request = { ...first, url };
        const response = await send(request);
        yield { request, response };
        url = nextPage(response);
    }
}
/** Makes the error of a list that is longer than any that is read. */
function endless(request) {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${(0,http_message/* describeRequest */.Ng)(request)}: the list does not end`, {
        advice: 'Check the host name of the registry; a proxy in between may be answering instead.'
    });
}
/**
 * Finds the address of the next page; undefined when this is the last. Throws `REGISTRY_REJECTED` for one on another
 * origin, which would receive the registry's credentials (GHSA-h7vf-4x9w-h99v).
 */
function nextPage({ headers, url }) {
    const [, bracketed, bare] = NEXT.exec(headers.link ?? '') ?? [];
    const link = bracketed ?? bare;
    if (link === undefined)
        return undefined;
    const next = URL.canParse(link, url.href) ? new URL(link, url) : undefined;
    if (next !== undefined && (0,http_message/* isSameOrigin */.J6)(next, url)) {
        // Quirk: Artifactory's virtual repositories leave a part of their own path out.
        if (TAG_LIST.test(next.pathname))
            next.pathname = url.pathname;
        return next;
    }
    throw new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${(0,http_message/* describeRequest */.Ng)({ method: 'GET', url })}: the next page is said to be at "${(0,printable/* printable */.g)(link)}", which is not at this registry`, { advice: 'Check the host name of the registry; a proxy in between may be answering instead.' });
}

;// CONCATENATED MODULE: ./src/registry/referrers.ts
/**
 * What refers to a manifest (distribution specification, *Listing referrers* and *Referrers Tag Schema*):
 *
 *     the referrers API answers           referrers
 *     200 with an OCI index, not empty    those, page by page (told by the body where the type is JSON: Harbor 2.8, 2.9)
 *     200 with an empty one               those in the list under the tag sha256-<hex>, for some registries know nothing
 *                                         of what was pushed before they had the API
 *     200 with what is no list            those in the list under the tag; an error where there is none: what cannot be
 *                                         read is never taken for nothing
 *     401 403 408 425 429 5xx             not known: an error
 *     anything else, or another host      those in the list under the tag (GHCR redirects to github.com)
 */










/** The most pages of one list that are read. */
const MAXIMUM_PAGES = 100;
/** The most entries of one list that are read. */
const MAXIMUM_LISTED = 10_000;
// Another job may write the list between our look at it and our write.
const MAXIMUM_LIST_WRITES = 5;
/** A client of the referrers in any number of registries. Every method throws `PromotionError`. */
class ReferrersClient {
    #send;
    #endpoint;
    #manifests;
    /** By registry. */
    #hasApi = new Map();
    constructor(send, endpoint, manifests) {
        this.#send = send;
        this.#endpoint = endpoint;
        this.#manifests = manifests;
    }
    /** Lists what refers to a manifest, by the table above. */
    async listReferrers(repository, subject) {
        const { listed, unreadable } = await this.#listByApi(repository, subject);
        if (listed.length > 0)
            return listed;
        const found = await this.#manifests.fetchManifest({ repository, tag: referrersTag(subject) });
        if (found !== undefined && isReferrersList(found.manifest, subject))
            return partsOf(found.manifest).manifests;
        if (unreadable)
            throw unreadable;
        return [];
    }
    /**
     * Uploads manifests that refer to a subject. Registries with the referrers API list them themselves; for any other they
     * are added to the list under the tag.
     */
    async attachReferrers(repository, subject, referrers) {
        const unlisted = [];
        for (const manifest of referrers) {
            const reference = { repository, digest: manifest.digest };
            const response = await this.#manifests.uploadManifest(reference, manifest);
            if (response?.headers['oci-subject'] !== subject)
                unlisted.push(manifest);
        }
        if (unlisted.length === 0)
            return;
        // Quirk: Quay has the API and does not send OCI-Subject.
        const { listed } = await this.#listByApi(repository, subject);
        const known = new Set(listed.map(({ digest }) => digest));
        const left = unlisted.filter(({ digest }) => !known.has(digest));
        if (left.length > 0)
            await this.#addToList(repository, subject, left);
    }
    /**
     * Adds to the list under the tag, and looks again until they are all listed: another job may have written the list
     * meanwhile. A registry that supports `If-Match` refuses to overwrite what that job wrote.
     */
    async #addToList(repository, subject, referrers) {
        const tagged = { repository, tag: referrersTag(subject) };
        for (let writes = 0;; writes++) {
            const found = await this.#manifests.fetchManifest(tagged);
            const list = addReferrers(subject, found?.manifest, referrers);
            if (list === undefined)
                return;
            if (writes === MAXIMUM_LIST_WRITES)
                throw contended(subject);
            if (writes > 0)
                await this.#manifests.pause(writes);
            await this.#manifests.uploadManifest(tagged, list, conditionsOf(found));
        }
    }
    /**
     * Lists by the API alone; nothing where the registry has none. The first request to a registry finds that out, while others wait,
     * for all its repositories.
     */
    async #listByApi(repository, subject) {
        const { registry } = repository;
        const known = this.#hasApi.get(registry);
        if (known !== undefined)
            return (await known) ? this.#listOnce(repository, subject) : { listed: [] };
        const first = this.#listOnce(repository, subject);
        this.#hasApi.set(registry, first.then(({ isWithoutApi }) => isWithoutApi !== true, () => true));
        return first;
    }
    async #listOnce(repository, subject) {
        const plain = this.#endpoint.request('GET', repository, `referrers/${subject}`);
        const request = { ...plain, headers: { accept: OCI_INDEX }, limit: MAXIMUM_MANIFEST_BYTES };
        const listed = [];
        for await (const page of pagesOf(this.#send, request, MAXIMUM_PAGES)) {
            if (page.response.truncated && isAnswered(page))
                throw endless(request);
            const read = readList(page);
            if (read === undefined) {
                if (page.request.url !== request.url || isUnknown(page))
                    throw responseError(page.request, page.response);
                if (isAnswered(page))
                    return { listed: [], unreadable: notAList(page) };
                return { listed: [], isWithoutApi: isWithoutApi(page) };
            }
            listed.push(...read);
            if (listed.length > MAXIMUM_LISTED)
                throw endless(request);
        }
        return { listed };
    }
}
function readList(page) {
    if (!isAnswered(page))
        return undefined;
    const { headers, body } = page.response;
    const type = withoutParameters(headers['content-type'] ?? '');
    return type === OCI_INDEX ? readReferrers(body) : readUntypedReferrers(body);
}
/** Tells whether an answer means all of a registry; the 404 of some means the repository or the manifest (zot). */
function isWithoutApi(page) {
    const { status, body } = page.response;
    return !isOwn(page) || (status === 404 && !/(?:NAME|MANIFEST)_UNKNOWN/.test(readErrorBody(body)));
}
/** Tells whether the registry itself says 200. */
function isAnswered(page) {
    return isOwn(page) && page.response.status === 200;
}
function conditionsOf(found) {
    if (found === undefined)
        return { 'if-none-match': '*' };
    return found.etag === undefined ? {} : { 'if-match': found.etag };
}
function notAList({ request, response }) {
    const type = (0,printable/* printable */.g)(response.headers['content-type'] ?? '');
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${(0,http_message/* describeRequest */.Ng)(request)}: the list of referrers cannot be read (content type "${type}")`, { advice: 'Check that nothing between the runner and the registry answers instead of it.' });
}
function contended(subject) {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `the list of what refers to ${subject} is overwritten by other jobs again and again`, { advice: 'Run the job again when no other job signs this image.' });
}
/** Tells whether an answer leaves open whether the registry has the API. */
function isUnknown(page) {
    const { status } = page.response;
    return isOwn(page) && ([401, 403, 408, 425, 429].includes(status) || status >= 500);
}
/** Tells whether the registry itself answered, not a host that it redirected to. */
function isOwn({ request, response }) {
    return (0,http_message/* isSameOrigin */.J6)(response.url, request.url);
}

;// CONCATENATED MODULE: ./src/registry/tags.ts
/** The tags of a repository (distribution specification, *Listing tags*), page by page. */







/** The most pages of one list that are read. */
const MAXIMUM_TAG_PAGES = 1_000;
/** The most tags of one repository that are read. */
const MAXIMUM_TAGS = 100_000;
/** The largest page that is read. */
const MAXIMUM_TAG_PAGE_BYTES = 4 * 1024 * 1024;
// Quirk: ECR refuses to give more at once; most give fewer.
const TAGS_PER_PAGE = 1_000;
/**
 * Lists all tags of a repository, each once; none where the registry says that it does not know the repository. Throws
 * `REGISTRY_REJECTED` for a list that cannot be read or is longer than the limits above, and the error of a refusal.
 */
async function listTags(send, endpoint, repository) {
    const plain = endpoint.request('GET', repository, `tags/list?n=${TAGS_PER_PAGE.toString()}`);
    const first = { ...plain, headers: { accept: 'application/json' }, limit: MAXIMUM_TAG_PAGE_BYTES };
    const tags = new Set();
    for await (const page of pagesOf(send, first, MAXIMUM_TAG_PAGES)) {
        if (isUnknownRepository(page))
            return [];
        for (const tag of readPage(page))
            tags.add(tag);
        if (tags.size > MAXIMUM_TAGS)
            throw endless(first);
    }
    return [...tags];
}
function isUnknownRepository({ response: { status, body } }) {
    return status === 404 && /^NAME_UNKNOWN\b/.test(readErrorBody(body));
}
/** Quirks: distribution says `null` for no tags; Nexus has `null` among them, Artifactory digests. */
function readPage(page) {
    const { request, response } = page;
    if (!(0,http_message/* isSameOrigin */.J6)(response.url, request.url))
        throw tags_unreadable(page, 'it comes from another host');
    if (response.status !== 200)
        throw responseError(request, response);
    if (response.truncated)
        throw tags_unreadable(page, 'one page is larger than 4 MiB');
    const listed = tagsIn(response.body);
    if (listed === undefined)
        throw tags_unreadable(page, 'it is not a list of tags');
    return listed.filter(tag => typeof tag === 'string').filter(oci_reference/* isTag */.dz);
}
function tagsIn(body) {
    try {
        const { tags } = (0,oci_json/* parseJson */.qF)(body);
        if (tags === null)
            return [];
        return Array.isArray(tags) ? tags : undefined;
    }
    catch {
        return undefined;
    }
}
function tags_unreadable({ response }, why) {
    const asked = (0,http_message/* describeRequest */.Ng)({ method: 'GET', url: response.url });
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${asked}: the tag list cannot be read: ${why}`, {
        advice: 'Check the host name of the registry; a proxy in between may be answering instead.'
    });
}

;// CONCATENATED MODULE: ./src/registry/client.ts
















// Where a registry shows what was written before, it is for seconds.
const MAXIMUM_LOOKS = 5;
/** A client of any number of registries. Every method throws `PromotionError`. */
class RegistryClient {
    #send;
    #endpoint;
    #blobs;
    #referrers;
    #pause;
    constructor(send, settings) {
        this.#send = send;
        this.#endpoint = new Endpoint(settings);
        this.#pause = settings.pause;
        this.#blobs = new BlobClient(send, { endpoint: this.#endpoint, pause: settings.pause });
        this.#referrers = new ReferrersClient(send, this.#endpoint, {
            fetchManifest: reference => this.#fetchManifest(reference),
            uploadManifest: (reference, manifest, conditions) => this.#uploadManifest(reference, manifest, { conditions }),
            pause: settings.pause
        });
    }
    /** Fetches a manifest (specification, *Pulling manifests*), checks and reads it; undefined when there is none. */
    async getManifest(reference) {
        return (await this.#fetchManifest(reference))?.manifest;
    }
    async #fetchManifest(reference) {
        const request = this.#manifestRequest('GET', reference);
        const response = await this.#send(request);
        if (response.status === 404)
            return undefined;
        if (response.status !== 200)
            throw responseError(request, response);
        if (response.truncated) {
            throw client_unusable('the manifest is larger than 4 MiB, the most that registries agree on', {
                advice: 'Check that the reference names an image.'
            });
        }
        refusePage(response);
        const { headers, body: bytes } = response;
        const manifest = readManifest({
            bytes,
            contentType: headers['content-type'] ?? '',
            digestHeader: headers['docker-content-digest'],
            asked: reference.digest
        });
        return { manifest, etag: headers.etag };
    }
    /**
     * Asks for a manifest's digest (specification, *Checking if content exists*); undefined when there is none.
     * Where HEAD does not tell, GET does: the answer lacks the digest, is an error (HEAD cannot say why), or HEAD is not known.
     */
    async headManifest(reference) {
        const response = await this.#send(this.#manifestRequest('HEAD', reference));
        return this.#digestIn(response, reference);
    }
    /** Asks whether a repository has a blob. */
    hasBlob(repository, digest) {
        return this.#blobs.hasBlob(repository, digest);
    }
    /** Makes a blob exist in a repository: by a mount where the registry can, else by a copy; unless it is there. */
    placeBlob(placement, onBytes) {
        return this.#blobs.placeBlob(placement, onBytes);
    }
    /** Lists all tags of a repository, each once, in the registry's order; none where the registry does not know the repository. */
    listTags(repository) {
        return listTags(this.#send, this.#endpoint, repository);
    }
    /** Lists what refers to a manifest. */
    listReferrers(repository, subject) {
        return this.#referrers.listReferrers(repository, subject);
    }
    /** Uploads manifests that refer to a subject, and has them listed. */
    attachReferrers(repository, subject, referrers) {
        return this.#referrers.attachReferrers(repository, subject, referrers);
    }
    /**
     * Uploads a manifest's bytes by tag or digest (specification, *Pushing manifests*) and checks that the registry kept them.
     * Before the upload is repeated, the reference is read: where it has this manifest, the upload is done; where it has something
     * that `isExpected` does not accept, throws `TagChangedError`.
     */
    async putManifest(reference, manifest, isExpected) {
        await this.#uploadManifest(reference, manifest, isExpected && { isExpected });
    }
    /** Undefined where the registry says that a condition is not met. */
    async #uploadManifest(reference, { bytes, mediaType, digest }, { conditions, isExpected } = {}) {
        const request = {
            ...this.#manifestRequest('PUT', reference),
            headers: { 'content-type': mediaType, ...conditions },
            body: bytes,
            beforeRepeat: () => this.#beforeRepeat(reference, bytes, isExpected)
        };
        const response = await this.#send(request).catch(explainTimeout);
        if (conditions !== undefined && response.status === 412)
            return undefined;
        if (!isTaken(response))
            throw responseError(request, response);
        const named = response.headers['docker-content-digest'];
        // Any web server says 200 to everything: what is not the specification's 201 with a digest is looked up.
        const kept = response.status === 201 && named !== undefined ? named : await this.#confirm(reference, bytes);
        if (kept !== undefined && isDigestOf(bytes, kept))
            return response;
        throw new errors/* PromotionError */.g1('DIGEST_MISMATCH', `uploaded ${digest}, the registry has ${(0,printable/* printable */.g)(kept ?? 'nothing')}`, {
            advice: 'The registry, or something before it, changes manifests. Look at what the tag points to now.'
        });
    }
    /** The answer of an upload that is done already; undefined where the reference has what is expected. */
    async #beforeRepeat(reference, bytes, isExpected) {
        const response = await this.#send(this.#manifestRequest('HEAD', reference));
        let digest;
        try {
            digest = await this.#digestIn(response, reference);
        }
        catch (error) {
            // Who may only push cannot look. Where anything may be overwritten there is no need to.
            const isDenied = error instanceof errors/* PromotionError */.g1 && error.code === 'DENIED';
            if (isDenied && isExpected === undefined)
                return undefined;
            throw error;
        }
        if (digest !== undefined && isDigestOf(bytes, digest)) {
            // Stands for the answer that was lost.
            return { ...response, status: 201, headers: { ...response.headers, 'docker-content-digest': digest } };
        }
        if (isExpected?.(digest) === false)
            throw new TagChangedError(digest);
        return undefined;
    }
    async #digestIn({ status, headers }, reference) {
        if (status === 404)
            return undefined;
        const digest = headers['docker-content-digest'] ?? '';
        return status === 200 && (0,oci_digest/* isDigest */.Bc)(digest) ? digest : (await this.getManifest(reference))?.digest;
    }
    /** Asks for what was just uploaded until it is there. Quirk: GHCR and Docker Hub show the old state for seconds. */
    async #confirm(reference, bytes) {
        for (let looks = 1;; looks++) {
            const found = await this.headManifest(reference);
            if (looks === MAXIMUM_LOOKS || (found !== undefined && isDigestOf(bytes, found)))
                return found;
            await this.#pause(looks);
        }
    }
    /** Fetches the config of an image (specification, *Pulling blobs*), checks and reads it. */
    async getConfig(repository, digest) {
        const limit = MAXIMUM_CONFIG_BYTES;
        const request = { ...this.#endpoint.request('GET', repository, `blobs/${digest}`), limit };
        const response = await this.#send(request);
        if (response.status !== 200)
            throw responseError(request, response);
        if (response.truncated) {
            throw client_unusable("the image's config is larger than 4 MiB", {
                advice: 'No builder makes such a config. Check that the reference names an image.'
            });
        }
        return readConfig(response.body, digest);
    }
    #manifestRequest(method, { repository, tag, digest }) {
        const request = this.#endpoint.request(method, repository, `manifests/${digest ?? tag ?? ''}`);
        return { ...request, headers: { accept: acceptedManifests }, limit: MAXIMUM_MANIFEST_BYTES };
    }
}
function refusePage({ body, url }) {
    if (!isWebPage(body))
        return;
    throw client_unusable(`${(0,http_message/* describeRequest */.Ng)({ method: 'GET', url })}: the answer is a web page, not a manifest`, {
        advice: 'It may be a login page or a proxy. Check that the registry is the one you mean.'
    });
}
/** A write without an answer may be done all the same, even after the last look at it. */
function explainTimeout(error) {
    if (!(error instanceof errors/* PromotionError */.g1) || error.code !== 'TIMED_OUT')
        throw error;
    throw new errors/* PromotionError */.g1(error.code, `${error.message}; the registry may still carry out the upload`, {
        advice: 'Look at what the tag points to before you run the job again.',
        cause: error
    });
}
function client_unusable(message, details) {
    return new errors/* PromotionError */.g1('MANIFEST_UNSUPPORTED', message, details);
}

;// CONCATENATED MODULE: ./src/registry/http/retry-after.ts
/** Parses `Retry-After` and its non-standard variants. */
/** The longest `Retry-After` that Retag honours, in milliseconds (contract: *Limits*). */
const MAXIMUM_RETRY_AFTER = 60_000;
const SECONDS = /^\d{1,16}(?:\.\d+)?$/;
// Docker Hub's API sends the time in seconds since 1970: larger values are times, not waits.
const EPOCH_BEGINS = 1_000_000_000;
/**
 * Reads a `Retry-After` value (RFC 9110, 10.2.3) as milliseconds from `now`: seconds, a date, or (Quirk: Docker Hub)
 * seconds since 1970. Undefined if it is malformed or in the past.
 */
function parseRetryAfter(value, now) {
    const text = value?.trim() ?? '';
    const wait = SECONDS.test(text) ? fromNumber(Number(text), now) : fromDate(text, now);
    return wait !== undefined && wait > 0 ? Math.ceil(wait) : undefined;
}
/** Tells whether a request was rejected by a rate limit. Quirk: GitHub's secondary limits are a 403. */
function isRateLimited({ status, headers }) {
    return (status === 429 ||
        (status === 403 && parseRetryAfter(headers['retry-after'], Date.UTC(2000)) !== undefined));
}
function fromNumber(seconds, now) {
    return seconds > EPOCH_BEGINS ? seconds * 1000 - now : seconds * 1000;
}
function fromDate(text, now) {
    // Date.parse is lenient ("-5", "1 x"); every HTTP date begins with the name of a day.
    const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(date) ? undefined : date - now;
}

;// CONCATENATED MODULE: ./src/registry/http/retry.ts
/**
 * Which requests are retried, how many attempts they get, and the wait between them:
 *
 *     outcome                               GET HEAD   write with beforeRepeat   other writes   wait
 *     connection lost                       4          4                         –              backoff
 *     timed out                             2          2                         –              backoff
 *     408 425 500 502 503 504               4          4                         –              Retry-After, else backoff
 *     429, 403 with Retry-After             2 minutes  2 minutes                 2 minutes      throttle.ts
 *     400 404 "blob/manifest unknown"       –          5, after another write    –              backoff
 *     500 "blob/manifest unknown"           4          –                         –              backoff
 *     connection refused after an answer     4          4                         –              backoff
 *     anything else                         –          –                         –              –
 *
 * Quirk: for some seconds after an upload, GHCR does not find the blob or manifest and refuses a manifest that refers to it.
 * A write whose response was lost may have been done, and a registry with immutable tags would refuse the retry: `beforeRepeat`
 * finds out. After a 429, throttle.ts sends fewer requests and says when retrying is pointless. A request that alone gets 429 is
 * retried for two minutes.
 * Once a request has used up its attempts, further requests to the origin get one attempt each until it answers: a thousand
 * tags do not wait a thousand times for a registry that is down.
 */





const newOrigin = { hasAnswered: false, hasWritten: false, isDown: false };
// In milliseconds since its first 429. At two requests per second, no request of many gets more than a few.
const LIMITED_AT_MOST = 120_000;
const ATTEMPTS_WHEN_LOST = 4;
const ATTEMPTS_WHEN_TIMED_OUT = 2;
const ATTEMPTS_WHEN_FAILED = 4;
const FAILURES = [408, 425, 500, 502, 503, 504];
const ATTEMPTS_WHEN_LAGGING = 5;
const FIRST_BACKOFF = 250;
const LONGEST_BACKOFF = 8_000;
/** Returns how often a request with this outcome is attempted in total, by the table above; Infinity if time decides. */
function attemptsFor(request, outcome, origin = newOrigin) {
    if (isLimited(outcome))
        return Infinity;
    if (!isSafe(request) && request.beforeRepeat === undefined)
        return 1;
    return outcome.kind === 'answered'
        ? attemptsWhenAnswered(request, outcome.response, origin)
        : attemptsWhenLost(outcome.error, origin);
}
function attemptsWhenAnswered(request, response, { hasWritten }) {
    const isRefusedWrite = !isSafe(request) && isContentUnknown(response);
    if (isRefusedWrite && response.status < 500)
        return hasWritten ? ATTEMPTS_WHEN_LAGGING : 1;
    return FAILURES.includes(response.status) && !isRefusedWrite ? ATTEMPTS_WHEN_FAILED : 1;
}
function attemptsWhenLost(error, { hasAnswered }) {
    if (error.code === 'TIMED_OUT')
        return ATTEMPTS_WHEN_TIMED_OUT;
    const isBusy = hasAnswered && isConnectionRefused(error);
    return isBusy || isPassing(error) ? ATTEMPTS_WHEN_LOST : 1;
}
/** Chooses how long to wait after the given attempt (1 is the first), in milliseconds: doubling, half of it random. */
function backoff(attempt, random) {
    const longest = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** attempt);
    return Math.round(longest / 2 + (longest / 2) * random);
}
/**
 * Retries requests by the table above. Throws what the last attempt threw.
 */
function retrying(send, options) {
    const origins = new Map();
    const originOf = ({ url }) => {
        const origin = origins.get(url.origin) ?? { ...newOrigin };
        origins.set(url.origin, origin);
        return origin;
    };
    return async (request) => {
        const origin = originOf(request);
        let limitedSince;
        for (let number = 1;; number++) {
            const outcome = await retry_outcomeOf(send(request));
            limitedSince = isLimited(outcome) ? (limitedSince ?? options.now()) : undefined;
            const attempt = { request, outcome, number, limitedSince };
            if (isFinal(attempt, origin, options))
                return answerOf(outcome);
            await waitAfter(attempt, options);
            const found = await beforeRepeat(request, outcome);
            if (found)
                return found;
        }
    };
}
/** Tells whether this was the last attempt, and records what the outcome says about the origin. */
function isFinal(attempt, origin, options) {
    const { request, outcome, number, limitedSince } = attempt;
    const attempts = attemptsFor(request, outcome, origin);
    if (outcome.kind === 'answered') {
        origin.hasAnswered = true;
        origin.hasWritten ||= !isSafe(request) && outcome.response.status < 300;
        if (limitedSince !== undefined)
            return options.now() - limitedSince >= LIMITED_AT_MOST || options.isExhausted(outcome.response.url);
        if (attempts === 1)
            origin.isDown = false;
    }
    if (attempts === 1)
        return true;
    origin.isDown ||= number >= attempts;
    return origin.isDown;
}
/** Waits before a retry, unless the throttle does: after a Retry-After. */
async function waitAfter(attempt, options) {
    const { request, outcome, number, limitedSince } = attempt;
    if (limitedSince !== undefined)
        return;
    const asked = retryAfter(outcome, options.now());
    const wait = asked ?? backoff(number, options.random());
    options.log(`${retry_describe(request, outcome)}; retrying in ${retry_seconds(wait)}`);
    if (asked === undefined)
        await options.sleep(wait);
}
/** Calls a write's hook: returns the response to use instead of the lost one, or undefined if the write is to be retried. */
async function beforeRepeat(request, outcome) {
    if (request.beforeRepeat === undefined)
        return undefined;
    try {
        return await request.beforeRepeat();
    }
    catch (error) {
        if ((0,errors/* isUnavailable */.Pd)(error))
            return answerOf(outcome);
        throw error;
    }
}
/** Tells whether a manifest was refused because the registry lacks content. */
function isContentUnknown({ status, body }) {
    return (status === 400 || status === 404 || status === 500) && isContentMissing(readErrorBody(body));
}
function isLimited(outcome) {
    return outcome.kind === 'answered' && isRateLimited(outcome.response);
}
async function retry_outcomeOf(sent) {
    try {
        return { kind: 'answered', response: await sent };
    }
    catch (error) {
        if (error instanceof errors/* PromotionError */.g1)
            return { kind: 'lost', error };
        throw error;
    }
}
function answerOf(outcome) {
    if (outcome.kind === 'answered')
        return outcome.response;
    throw outcome.error;
}
/** Tells whether a request changes nothing. */
function isSafe({ method }) {
    return method === 'GET' || method === 'HEAD';
}
/** How long the registry asks to wait, in milliseconds. */
function retryAfter(outcome, now) {
    return outcome.kind === 'answered'
        ? parseRetryAfter(outcome.response.headers['retry-after'], now)
        : undefined;
}
function retry_describe(request, outcome) {
    if (outcome.kind === 'answered')
        return explainRefusal(request, outcome.response);
    return outcome.error.message;
}
function retry_seconds(milliseconds) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
}

;// CONCATENATED MODULE: ./src/registry/auth/scope.ts
// The first that explains a whole challenge counts.
const scope_forms = [
    // The specification's.
    { nameOf: name => name },
    // Artifactory leaves out the first part of the name, its repository key.
    { nameOf: name => name.replace(/^[^/]+\//, '') },
    // Cloudsmith leaves out the last part, the image, and knows no actions.
    { nameOf: name => name.replace(/\/[^/]+$/, ''), action: 'any' }
];
// Scopes that name no repository: Gitea and Forgejo have one for everything, ECR Public one for itself.
const fixed = ['*', 'aws'];
// Azure asks for it before it lists the tags of a repository.
const LIST_TAGS = 'metadata_read';
/** Prints the scope that an access needs: two of them for a mount. */
function formatScope(access) {
    return scope_needsOf(access)
        .map(need => scope_print(need.name, need.actions))
        .join(' ');
}
/**
 * Chooses the scope to ask a token server for: all that the run needs in its repositories, written as the challenge writes
 * it. A challenge in no known form, or one that names more actions or another repository, does not widen it.
 */
function chooseScope(challenged, access) {
    const parts = splitScope(challenged ?? '');
    const named = parts.join(' ');
    if (fixed.includes(named))
        return named;
    const needs = scope_needsOf(access);
    const form = scope_forms.find(candidate => parts.every(part => needs.some(need => fits(part, need, candidate))));
    if (form === undefined)
        return formatScope(access);
    const scopes = needs.map(({ name, actions }) => {
        const own = form.nameOf(name);
        const listsTags = parts.some(part => part.startsWith(`repository:${own}:`) && part.split(/[:,]/).includes(LIST_TAGS));
        return scope_print(own, form.action === undefined ? [...actions, ...(listsTags ? [LIST_TAGS] : [])] : [form.action]);
    });
    return [...new Set(scopes)].join(' ');
}
/** Splits a text into its scopes. */
function splitScope(scope) {
    return scope.split(/\s+/).filter(part => part !== '');
}
/** Tells whether two scopes are equal; registries list scopes and their actions in any order. */
function isSameScope(one, other) {
    return sorted(one) === sorted(other);
}
function sorted(scope) {
    const parts = splitScope(scope).map(part => part.split(/[:,]/).sort().join());
    return parts.sort().join(' ');
}
function scope_needsOf({ repository, actions, from }) {
    return [{ name: repository.name, actions }, ...(from ? [{ name: from.name, actions: ['pull'] }] : [])];
}
function scope_print(name, actions) {
    return `repository:${name}:${actions.join(',')}`;
}
function fits(part, { name }, { nameOf, action }) {
    const start = `repository:${nameOf(name)}:`;
    return part.startsWith(start) && (action === undefined || part === start + action);
}

;// CONCATENATED MODULE: ./src/registry/auth/login-trial.ts
/**
 * Keeps a wrong password from being sent again and again: accounts get locked and addresses banned. Until a registry has
 * accepted a login, one request at a time tries it. Once it is refused, it is not sent to that registry again.
 */

/** One login at one registry and its token server. */
class LoginTrial {
    #isAccepted = false;
    #refusal;
    #trial;
    /**
     * Runs `work`, which sends the login, after any request that is trying it. `judge` tells whether the result shows that the login
     * was accepted, or returns the error if it was refused. An error with one of `codes` is a refusal too. Throws the refusal, also
     * that of an earlier request.
     */
    async send(work, judge, codes = ['UNAUTHORIZED', 'DENIED']) {
        while (this.#trial !== undefined)
            await this.#trial;
        if (this.#refusal)
            throw this.#refusal;
        if (this.#isAccepted)
            return work();
        const trial = this.#try(work, judge, codes);
        this.#trial = trial.catch(() => undefined);
        return trial;
    }
    async #try(work, judge, codes) {
        try {
            const result = await work();
            const verdict = judge(result);
            if (verdict instanceof errors/* PromotionError */.g1)
                throw verdict;
            this.#isAccepted = verdict;
            return result;
        }
        catch (error) {
            if (error instanceof errors/* PromotionError */.g1 && codes.includes(error.code))
                this.#refusal = error;
            throw error;
        }
        finally {
            this.#trial = undefined;
        }
    }
}

;// CONCATENATED MODULE: ./src/registry/auth/known-registry.ts
/** What a run knows about a registry as a whole: its token server, and which logins it accepts. */



/** One registry, by its origin. */
class KnownRegistry {
    #trials = new Map();
    #tokenServer;
    /** The trial of a login, shared by all repositories; undefined for a credential that cannot be refused as a login. */
    trialOf(credential) {
        if (credential.kind !== 'basic' && credential.kind !== 'identity')
            return undefined;
        const key = JSON.stringify([credential.kind, credential.username, secretsOf(credential)]);
        const trial = this.#trials.get(key) ?? new LoginTrial();
        this.#trials.set(key, trial);
        return trial;
    }
    /**
     * Remembers a challenge that a token was fetched and accepted for, so that the next repository's first request need not be
     * refused first. Not if the registry writes scopes in a form of its own: it then has to be asked for each.
     */
    remember({ challenge, registryUrl, access }, scope) {
        if (scope !== formatScope(access))
            return;
        const { scheme, parameters } = challenge;
        this.#tokenServer = {
            registryUrl,
            challenge: { scheme, parameters: { ...parameters, scope: undefined } }
        };
    }
    /** What is known about the registry's token server. */
    get tokenServer() {
        return this.#tokenServer;
    }
}

;// CONCATENATED MODULE: ./src/registry/auth/challenge.ts
/**
 * Parses `WWW-Authenticate` (RFC 9110, 11.6.1):
 *
 *     header    := challenge ("," challenge)*
 *     challenge := scheme (SP (token68 | parameter ("," parameter)*))?
 *     parameter := token "=" (token | quoted-string)
 *
 * Quirk: zot leaves values unquoted, even those with spaces; Nexus writes BASIC; Gitea sends two challenges in one header.
 */
const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const SCHEME = new RegExp(`^[\\s,]*(${TOKEN})(?=\\s|,|$)\\s*`);
const PARAMETER = new RegExp(`^[\\s,]*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]*(?: [^\\s",=]+)*))(?=\\s*(?:,|$))`);
const TOKEN68 = /^[\w.~+/-]+=*(?=\s*(?:,|$))/;
const challenge_MAXIMUM_LENGTH = 16 * 1024;
/** Reads the challenges of a response, in order. */
function challengesOf({ headers }) {
    return parseChallenges(headers['www-authenticate'] ?? '');
}
/** Parses the challenges of a header, in order. Stops at what it does not understand, and keeps what came before. */
function parseChallenges(header) {
    const challenges = [];
    let rest = header.slice(0, challenge_MAXIMUM_LENGTH);
    for (let scheme = SCHEME.exec(rest); scheme; scheme = SCHEME.exec(rest)) {
        rest = rest.slice(scheme[0].length).replace(TOKEN68, '');
        const [parameters, remainder] = parseParameters(rest);
        challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters });
        rest = remainder;
    }
    return challenges;
}
function parseParameters(text) {
    const parameters = Object.create(null);
    let rest = text;
    for (let match = PARAMETER.exec(rest); match; match = PARAMETER.exec(rest)) {
        const [whole, name = '', quoted, bare = ''] = match;
        parameters[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? bare;
        rest = rest.slice(whole.length);
    }
    return [parameters, rest];
}

;// CONCATENATED MODULE: ./src/registry/auth/realm.ts
/**
 * Where a token server may be. The registry names it in a challenge, so a hostile registry or a man in the middle could have
 * the password sent anywhere, or make the runner request hosts that only it can reach:
 *
 *     registry     token server                                                                allowed
 *     any          https, the registry's own host on any port                                  yes
 *     any          https, any other public host (auth.docker.io)                               yes
 *     plain HTTP   http, the registry's own host on any port                                   yes
 *     plain HTTP   http, any other host                                                        no
 *     https        http                                                                        no
 *     any          another host that is this machine, in a private network, or multicast       no
 *     any          link-local, or a cloud's metadata service, even as the registry's own host  no
 *     any          with a user name or password in the address                                 no
 *
 * These are the rules for names and for addresses in a URL. The transport checks the address that a name resolves to.
 */



/**
 * Reads a realm, which may be relative to the URL of the request that was challenged. Throws `REGISTRY_REJECTED` if no token
 * server may be there.
 */
function parseRealm(realm, registry) {
    if (realm === undefined || !URL.canParse(realm, registry.href))
        throw realm_unusable(`its token server is "${(0,printable/* printable */.g)(realm ?? '')}", which is not a valid URL`);
    const url = new URL(realm, registry);
    vetTokenServer(url, registry);
    return url;
}
/** Throws `REGISTRY_REJECTED` if the token server of a registry may not be at a URL, by the table above. */
function vetTokenServer(url, registry) {
    const why = realm_objection(url, registry);
    if (why === undefined)
        return;
    throw realm_unusable(`its token server is "${(0,printable/* printable */.g)(url.origin)}", and no credential can be sent there: ${why}`);
}
/** Creates the error for a registry whose tokens cannot be used. */
function realm_unusable(what) {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `the registry asks for a token, but ${what}`, {
        advice: 'Check that this is the registry you mean. If it is, its administrator has to fix this.'
    });
}
function realm_objection(url, registry) {
    const isOwnHost = url.hostname === registry.hostname;
    const isPlain = isOwnHost && url.protocol === 'http:' && registry.protocol === 'http:';
    if (url.protocol !== 'https:' && !isPlain)
        return 'it does not use https';
    if (url.username !== '' || url.password !== '')
        return 'the address contains a user name or password';
    if ((0,local_host/* isMetadataHost */.S)(url.hostname))
        return 'it is link-local, or the metadata service of a cloud';
    return !isOwnHost && (0,local_host/* isLocalHost */.m)(url.hostname)
        ? "it is on this machine or in a private network, and not on the registry's own host"
        : undefined;
}

;// CONCATENATED MODULE: ./src/registry/auth/token.ts
/** Fetches bearer tokens (distribution, token authentication specification: by GET, and by POST as of OAuth 2). */









const MAXIMUM_TOKEN_BYTES = 128 * 1024;
/** The shortest lifetime of a token, in seconds; also the default (token specification). */
const SHORTEST_LIFETIME = 60;
const PAUSE = 1000;
const SHORTEST_TOKEN = 16;
// RFC 6750, section 2.1: no quotes, colons or blanks, which occur in references, digests and JSON.
const token_TOKEN = /^[\w.~+/-]+=*$/;
// The hex of a digest or commit, or the end of one that is part of a tag, such as sha256-….
const token_DIGEST = /^s?h?a?[0-9]*-?[0-9a-f]+$/i;
/** Fetches the token that a Bearer challenge asks for. Throws `UNAUTHORIZED`, `DENIED`, `REGISTRY_REJECTED`. */
async function fetchToken(wanted, dependencies) {
    const { credential } = wanted;
    if (credential.kind === 'identity')
        return token_exchange(wanted, credential, dependencies);
    const request = getRequest(wanted, credential.kind === 'basic' ? credential : undefined);
    const response = await dependencies.send(request);
    if (response.status !== 403 || credential.kind === 'anonymous')
        return readAnswer(wanted, request, response);
    // Quirk: GHCR's token server now and then denies what it grants a second later.
    await dependencies.sleep(PAUSE);
    return readAnswer(wanted, request, await dependencies.send(request));
}
/** Exchanges an identity token: by POST, or as a password by GET if the token server does not support POST. */
async function token_exchange(wanted, identity, dependencies) {
    const request = postRequest(wanted, identity);
    const response = await dependencies.send(request);
    // Quirk: to a POST that is not supported, Google answers 404, Artifactory 401, ACR 400, others 405 (containerd).
    if (![400, 401, 404, 405].includes(response.status))
        return readAnswer(wanted, request, response);
    const { username, token, origin } = identity;
    if (username === undefined)
        throw notAccepted(identity, request, response);
    const second = getRequest(wanted, { kind: 'basic', username, password: token, origin });
    return readAnswer(wanted, second, await dependencies.send(second));
}
function getRequest(wanted, basic) {
    const { url, service, scope } = parametersOf(wanted);
    if (service !== '')
        url.searchParams.set('service', service);
    for (const part of splitScope(scope))
        url.searchParams.append('scope', part);
    return {
        ...tokenRequest(wanted, url),
        method: 'GET',
        headers: { accept: 'application/json', ...(basic && { authorization: `Basic ${basicPair(basic)}` }) }
    };
}
function postRequest(wanted, { token }) {
    const { url, service, scope } = parametersOf(wanted);
    const form = { grant_type: 'refresh_token', service, client_id: 'retag', scope, refresh_token: token };
    return {
        ...tokenRequest(wanted, url),
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(new URLSearchParams(form).toString())
    };
}
function parametersOf({ challenge, registryUrl, access }) {
    const { realm, service = '', scope } = challenge.parameters;
    return { url: parseRealm(realm, registryUrl), service, scope: chooseScope(scope, access) };
}
function tokenRequest({ registryUrl }, url) {
    const vetRedirect = (target) => {
        vetTokenServer(target, registryUrl);
    };
    return { url, limit: MAXIMUM_TOKEN_BYTES, namedBy: registryUrl, vetRedirect };
}
function readAnswer(wanted, request, response) {
    const { access, credential } = wanted;
    if (response.status !== 200) {
        const shown = credential.kind === 'anonymous' ? undefined : credential.origin;
        throw responseError({ ...request, access }, { ...response, shown });
    }
    if (response.truncated)
        throw realm_unusable('the answer of its token server is larger than 128 KiB');
    const { token, access_token: accessToken, expires_in: seconds } = token_parse(response.body);
    // Quirk: Harbor sends the field that it does not use as an empty string.
    const texts = [token, accessToken].flatMap(value => typeof value === 'string' && value !== '' ? [value] : []);
    const found = texts.find(text => isSecret(text, wanted));
    if (found === undefined)
        throw realm_unusable(texts.length === 0
            ? `the answer of its token server contains no token${pageIn(response)}`
            : 'the token of its token server is not usable: it is short, malformed, or a public value');
    return { token: found, lifetime: Math.max(token_numberOf(seconds), SHORTEST_LIFETIME) * 1000 };
}
/** Says where a web page that was sent instead of a token came from. */
function pageIn({ body, url }) {
    return isWebPage(body) ? `: it is a web page (${(0,http_message/* describeRequest */.Ng)({ method: 'GET', url })})` : '';
}
/**
 * Tells whether a token can be a secret. A token is masked in the log, and the runner drops each output that contains a mask: a
 * token server whose token is `true` or the image's digest would make the log unreadable and the outputs empty.
 */
function isSecret(token, { access: { repository, from }, registryUrl }) {
    const known = [repository, from ?? repository].map(({ registry, name }) => `${registry}/${name}`);
    return (token.length >= SHORTEST_TOKEN &&
        token_TOKEN.test(token) &&
        !token_DIGEST.test(token) &&
        ![...known, registryUrl.href, acceptedManifests].some(text => text.includes(token)));
}
/** Reads a number, or a string with a number; 0 for anything else, such as an object with a `valueOf` method. */
function token_numberOf(value) {
    return typeof value === 'number' || typeof value === 'string' ? Number(value) || 0 : 0;
}
function token_parse(body) {
    try {
        const answer = (0,oci_json/* parseJson */.qF)(body);
        return (0,oci_json/* isObject */.Gv)(answer) ? answer : {};
    }
    catch {
        return {};
    }
}
function notAccepted({ origin }, request, response) {
    const said = readErrorBody(response.body) || 'the token server gave no error message';
    const status = `(${(0,http_message/* describeRequest */.Ng)(request)} → status ${response.status.toString()})`;
    return new errors/* PromotionError */.g1('UNAUTHORIZED', `${said} ${status}`, {
        advice: `The token server does not accept the identity token from ${origin}; it may have expired. Log in again, or log in with a user name and password.`
    });
}

;// CONCATENATED MODULE: ./src/registry/auth/authorization.ts
/**
 * What a request is authorized with, and what to do when the registry refuses it all the same:
 *
 *     sent with the request   challenge                     next step
 *     nothing, or Basic       Bearer                        fetch a token
 *     nothing, or a token     Basic only                    send the password, if there is one
 *     a token                 another scope                 fetch a token for that scope
 *     a token                 error="insufficient_scope"    fetch one more token, once
 *     an accepted token       anything else                 fetch a new token: this one has expired
 *     a new token             anything else                 wait a second, then send it again
 *     anything                anything else                 give up
 *
 * Quirks: Harbor answers Basic only to any token that it does not like, and Artifactory for some paths. Docker Hub's clocks
 * differ, so a token can be too new for one of its servers.
 */









/** The part of its lifetime after which a token is renewed. */
const RENEWAL = 0.9;
/** Makes the authorization of a user name and password. */
function basicAuthorization(credential) {
    const header = `Basic ${basicPair(credential)}`;
    return { kind: 'basic', header, scope: '', renewAt: Infinity, state: 'new', isLast: false };
}
/** Gets a token and makes an authorization of it. Throws as {@link fetchToken} does. */
async function bearerAuthorization(request, dependencies) {
    const { challenge, access, credential } = request;
    const start = dependencies.now();
    const { token, lifetime } = credential.kind === 'bearer'
        ? { token: credential.token, lifetime: Infinity }
        : await fetchToken(request, dependencies);
    dependencies.mask(token);
    return {
        kind: 'bearer',
        header: `Bearer ${token}`,
        scope: chooseScope(challenge.parameters.scope, access),
        renewAt: start + lifetime * RENEWAL,
        state: 'new',
        isLast: false
    };
}
/** Tells whether a registry refuses what was sent with a request, or asks for an authorization. */
function authorization_isRefused({ status, body }, sent) {
    if (status === 401)
        return true;
    // Quirk: ECR Public answers an expired token with 400, without a challenge.
    return status === 400 && sent?.kind === 'bearer' && /authorization token/i.test(readErrorBody(body));
}
/**
 * Judges a login by the registry's answer to it: true if it was accepted, false if the answer does not tell, the error if it was
 * refused. Another challenge asks for something else than the password, which may be right.
 */
function judgeLogin(request, response) {
    const { status, body } = response;
    // A server that the registry redirected to got no login: the registry took it.
    if (!(0,http_message/* isSameOrigin */.J6)(response.url, request.url))
        return true;
    // Quirk: ECR answers a login that has expired with 403.
    const isExpired = status === 403 && /expired/i.test(readErrorBody(body));
    if (status !== 401 && !isExpired)
        return status !== 429 && status < 500;
    return challengesOf(response).some(({ scheme }) => scheme === 'bearer')
        ? false
        : responseError(request, response);
}
/** Decides what to do about a refusal, by the table above. */
function nextStep(refusal) {
    const { sent, challenges, credential } = refusal;
    const kind = sent?.kind;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer && kind !== 'bearer')
        return 'fetch-token';
    const isBasicOnly = !bearer && challenges.some(({ scheme }) => scheme === 'basic');
    if (isBasicOnly && kind !== 'basic' && credential.kind === 'basic')
        return 'send-password';
    return sent && kind === 'bearer' ? nextStepForToken(refusal, sent, bearer) : 'give-up';
}
function nextStepForToken({ scope, credential }, sent, bearer) {
    // A token from a login file cannot be fetched again.
    if (credential.kind === 'bearer')
        return 'give-up';
    if (scope !== '' && !isSameScope(scope, sent.scope))
        return 'fetch-token';
    if (bearer?.parameters.error === 'insufficient_scope')
        return sent.isLast ? 'give-up' : 'fetch-last-token';
    if (sent.state === 'accepted')
        return 'fetch-token';
    return sent.state === 'new' ? 'wait' : 'give-up';
}
/** Makes the error for a registry that asks for a user name and password where there is no login, or only a token. */
function noPassword(credential, access, { url, headers }) {
    const { registry } = access.repository;
    const traces = `${url.href} ${headers['www-authenticate'] ?? ''}`;
    const shown = credential.kind === 'anonymous' ? undefined : credential.origin;
    const found = shown === undefined ? 'there is none' : `the login in ${shown} is a token`;
    return new errors/* PromotionError */.g1('UNAUTHORIZED', `${registry} asks for a user name and password, but ${found}`, {
        advice: denialAdvice({ registry, actions: access.actions, said: '', shown, traces })
    });
}

;// CONCATENATED MODULE: ./src/registry/auth/token-cache.ts
/** The authorization for one access to one origin: the first request finds out what the registry asks for, the others wait. */






// One to learn what the registry asks for; one more because a token may be too new or have too few rights.
const MAXIMUM_STEPS = 2;
/** How long to wait before a new token is sent again, in milliseconds. */
const token_cache_PAUSE = 1000;
const MAXIMUM_PING_BYTES = 8 * 1024;
/** Holds the authorization for one access to one origin, and renews it. */
class TokenCache {
    #access;
    #registry;
    #dependencies;
    /** How to get a token, by the last Bearer challenge. */
    #tokenRequest;
    #credential;
    #authorization;
    /** Settles when it is known what to send: when the first answer has arrived and its challenge is met. */
    #opening;
    #isOpen = false;
    #pending;
    #failure;
    constructor(access, registry, dependencies) {
        this.#access = access;
        this.#registry = registry;
        this.#dependencies = dependencies;
    }
    /** Sends a request and meets the challenges of its answers. Returns a response that is a refusal all the same. */
    async send(request) {
        const { tokenServer } = this.#registry;
        if (tokenServer)
            this.#opening ??= this.#fetchAhead(tokenServer);
        // The first request must go out before any other gets here: no await before it, not even of a settled promise.
        while (this.#opening !== undefined && !this.#isOpen)
            await this.#waitFor(this.#opening, request);
        if (this.#isStale())
            await this.#renew();
        if (this.#failure)
            throw this.#failure;
        const sent = this.#authorization;
        const first = this.#sendOnce(request);
        this.#opening ??= this.#open(request, first);
        return this.#withOrigin(await this.#settle(request, sent, await first));
    }
    /** Meets the challenges of a response to a request that was sent with an authorization. */
    async #settle(request, first, response) {
        let [sent, last] = [first, response];
        for (let steps = 0; authorization_isRefused(last, sent); steps++) {
            if (steps === MAXIMUM_STEPS || !(await this.#meet(request, last, sent)))
                return last;
            sent = this.#authorization;
            last = await this.#sendOnce(request);
        }
        if (sent && sent === this.#authorization)
            this.#accept(sent);
        return last;
    }
    /** Fetches a token before the registry asks for it. If that fails for any reason, the first request is sent without. */
    async #fetchAhead(tokenServer) {
        try {
            const credential = await this.#findCredential();
            this.#tokenRequest = { ...tokenServer, access: this.#access, credential };
            const authorization = await this.#fetchToken();
            this.#authorization = authorization && { ...authorization, state: 'assumed' };
            this.#isOpen = true;
        }
        catch {
            // The registry's own challenge decides.
            this.#opening = undefined;
        }
    }
    #accept(sent) {
        this.#authorization = { ...sent, state: 'accepted' };
        if (sent.kind === 'bearer' && this.#tokenRequest)
            this.#registry.remember(this.#tokenRequest, sent.scope);
    }
    #open(request, sent) {
        // Not a write: what is sent before its repetition would wait for it, and it for that.
        if (request.beforeRepeat !== undefined)
            return undefined;
        const opening = sent.then(response => authorization_isRefused(response, undefined) && this.#meet(request, response, undefined));
        opening.then(() => {
            this.#isOpen = true;
        }, () => {
            this.#opening = undefined;
        });
        return opening;
    }
    async #waitFor(opening, { url }) {
        this.#dependencies.preconnect?.(url);
        await opening;
    }
    async #sendOnce(request) {
        const { send } = this.#dependencies;
        if (this.#authorization === undefined)
            return send(request);
        const { kind, header: authorization } = this.#authorization;
        const authorized = { ...request, headers: { ...request.headers, authorization } };
        const trial = kind === 'basic' && this.#registry.trialOf(this.#credential ?? anonymous);
        if (!trial)
            return send(authorized);
        return trial.send(() => send(authorized), response => judgeLogin(request, this.#withOrigin(response)));
    }
    /** Notes on a response where the credential that was sent for it came from. */
    #withOrigin(response) {
        const credential = this.#credential ?? anonymous;
        if (this.#authorization === undefined || credential.kind === 'anonymous')
            return response;
        return { ...response, shown: credential.origin };
    }
    /** What the registry has asked for: a token that was fetched ahead counts as nothing once it is refused. */
    get #asked() {
        return this.#authorization?.state === 'assumed' ? undefined : this.#authorization;
    }
    #isStale() {
        return this.#authorization !== undefined && this.#dependencies.now() >= this.#authorization.renewAt;
    }
    #renew() {
        return this.#once(async () => {
            this.#authorization = await this.#fetchToken();
            return true;
        });
    }
    /** Meets a challenge, unless another request has done so meanwhile; false if nothing is left to try. */
    async #meet(request, response, sent) {
        return this.#authorization !== sent || this.#once(() => this.#step(request, response));
    }
    /** Does work once for all requests that want it at the same time. */
    #once(work) {
        this.#pending ??= work()
            .catch((error) => {
            // Trying again would change nothing, and a wrong password that is sent too often locks the account.
            if (error instanceof errors/* PromotionError */.g1 && !(0,errors/* isUnavailable */.Pd)(error))
                this.#failure = error;
            throw error;
        })
            .finally(() => {
            this.#pending = undefined;
        });
        return this.#pending;
    }
    async #step(request, response) {
        // A server that the registry redirected to is not the registry: it gets no credential.
        if (!(0,http_message/* isSameOrigin */.J6)(response.url, request.url))
            return false;
        const challenges = await this.#challengesOf(request, response);
        const credential = await this.#findCredential();
        const challenge = challenges.find(({ scheme }) => scheme === 'bearer');
        if (challenge)
            this.#tokenRequest = { challenge, registryUrl: request.url, access: this.#access, credential };
        const named = challenge?.parameters.scope ?? '';
        const scope = named && chooseScope(named, this.#access);
        const step = nextStep({ sent: this.#asked, challenges, scope, credential });
        const next = await this.#take(step, credential);
        if (next)
            this.#authorization = next;
        else if (!this.#asked && challenges.some(({ scheme }) => scheme === 'basic'))
            throw noPassword(credential, this.#access, response);
        return next !== undefined;
    }
    async #findCredential() {
        const { keychain, mask } = this.#dependencies;
        if (this.#credential)
            return this.#credential;
        const credential = await keychain(this.#access.repository, this.#access.actions);
        for (const secret of secretsOf(credential))
            mask(secret);
        return (this.#credential = credential);
    }
    async #challengesOf(request, response) {
        const challenges = challengesOf(response);
        const isRead = request.method === 'GET' || request.method === 'HEAD';
        if (challenges.length > 0 || this.#asked !== undefined || !isRead)
            return challenges;
        // Quirk: gcr.io sends its challenge only at the root of the API. A scope in it belongs to no repository.
        const url = new URL('/v2/', request.url);
        const root = await this.#dependencies.send({ method: 'GET', url, headers: {}, limit: MAXIMUM_PING_BYTES });
        if (!(0,http_message/* isSameOrigin */.J6)(root.url, url))
            return [];
        return challengesOf(root).map(({ scheme, parameters }) => ({
            scheme,
            parameters: { ...parameters, scope: undefined }
        }));
    }
    /** Takes a step; gives the authorization to send next, or undefined if there is none. */
    async #take(step, credential) {
        switch (step) {
            case 'fetch-token':
                return this.#fetchToken();
            case 'fetch-last-token': {
                const authorization = await this.#fetchToken();
                return authorization && { ...authorization, isLast: true };
            }
            case 'send-password':
                return credential.kind === 'basic' ? basicAuthorization(credential) : undefined;
            case 'wait':
                await this.#dependencies.sleep(token_cache_PAUSE);
                return this.#authorization && { ...this.#authorization, state: 'retried' };
            case 'give-up':
                return undefined;
        }
    }
    async #fetchToken() {
        const request = this.#tokenRequest;
        if (request === undefined)
            return undefined;
        const fetch = () => bearerAuthorization(request, this.#dependencies);
        const trial = this.#registry.trialOf(request.credential);
        // A mount is denied for its two repositories at once; that says nothing about the login.
        const codes = this.#access.from && ['UNAUTHORIZED'];
        return trial ? trial.send(fetch, () => true, codes) : fetch();
    }
}

;// CONCATENATED MODULE: ./src/registry/auth/authorize.ts



/**
 * Sends each request with the authorization that its access needs. However many requests there are with the same access to
 * one origin, they share one 401 and one token. What is known about the origin itself is shared by all accesses to it.
 */
function authorizing(send, dependencies) {
    const registries = new Map();
    const caches = new Map();
    return request => {
        const { access, url } = request;
        if (access === undefined)
            return send(request);
        // Not `origin`: that of a blob: URL is the origin of the URL inside.
        const origin = `${url.protocol}//${url.host}`;
        const key = `${origin} ${formatScope(access)}`;
        const registry = registries.get(origin) ?? new KnownRegistry();
        registries.set(origin, registry);
        const cache = caches.get(key) ?? new TokenCache(access, registry, { ...dependencies, send });
        caches.set(key, cache);
        return cache.send(request);
    };
}

;// CONCATENATED MODULE: ./src/registry/auth/registry-headers.ts
// Shorter values occur in most texts: masking them would make the log unreadable and outputs empty.
const registry_headers_SHORTEST_SECRET = 16;
/**
 * Adds a registry's headers to requests to it. Requests without access, such as those to a token server, get none. Values may be
 * secrets, such as an access proxy's: `mask` gets those of 16 characters and more.
 */
function addingHeaders(send, find, mask) {
    return async (request) => {
        if (request.access === undefined)
            return send(request);
        const headers = await find(request.access.repository);
        for (const value of Object.values(headers))
            if (value.length >= registry_headers_SHORTEST_SECRET)
                mask(value);
        return send({ ...request, headers: { ...headers, ...request.headers } });
    };
}

;// CONCATENATED MODULE: ./src/registry/http/rate-limit.ts
// A tenth of the quota, or too few for one more job.
const LOW_SHARE = 0.1;
const LOW_COUNT = 10;
/** Reads `ratelimit-remaining: 76;w=21600` or its `x-` variant; undefined without one. */
function readQuota(headers) {
    const remaining = readField(headers['ratelimit-remaining'] ?? headers['x-ratelimit-remaining']);
    if (remaining === undefined)
        return undefined;
    const limit = readField(headers['ratelimit-limit'] ?? headers['x-ratelimit-limit']);
    return { remaining: remaining.count, limit: limit?.count, window: remaining.window ?? limit?.window };
}
/** Tells whether a quota is nearly used up. */
function isLow({ remaining, limit }) {
    return remaining <= (limit === undefined ? LOW_COUNT : Math.max(1, Math.min(LOW_COUNT, limit * LOW_SHARE)));
}
/** Logs once per origin that its rate limit is nearly used up. */
function watchingQuota(send, log) {
    const logged = new Set();
    return async (request) => {
        const response = await send(request);
        const { origin, host } = request.url;
        const quota = logged.has(origin) ? undefined : readQuota(response.headers);
        if (quota !== undefined && isLow(quota)) {
            logged.add(origin);
            log(`${host}: ${describeQuota(quota)} before its rate limit`);
        }
        return response;
    };
}
function describeQuota({ remaining, limit, window }) {
    const of = limit === undefined ? '' : ` of ${limit.toString()}`;
    const span = window === undefined ? '' : ` in ${(window / 3600).toFixed(1).replace('.0', '')} h`;
    return `${remaining.toString()}${of} requests are left${span}`;
}
function readField(value) {
    const [, count, window] = /^\s*(\d{1,9})(?:\s*;\s*w=(\d{1,9}))?\s*(?:[;,].*)?$/.exec(value ?? '') ?? [];
    if (count === undefined)
        return undefined;
    return { count: Number(count), window: window === undefined ? undefined : Number(window) };
}

;// CONCATENATED MODULE: ./src/registry/http/redirect.ts
/**
 * Where a redirect leads, and which headers may follow it there:
 *
 *     the redirect leads                     of a read                        of a write
 *     within the origin                      followed, with the credential    followed, if it is 307 or 308
 *     to another origin                      followed, with no more than      an error
 *                                            accept and range
 *     from https to http, or to no valid URL   refused                          an error
 *     a sixth time                           refused                          an error
 */



const MAXIMUM_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
// All others are for the registry only: the credential, and headers that the user's configuration has for it.
const HARMLESS = ['accept', 'range'];
// Those that keep method and body (RFC 9110, 15.4).
const REPEATING_REDIRECTS = [307, 308];
/**
 * Follows at most five redirects: all of a read, and 307 and 308 of a write within its origin, as some gateways send. Other redirects
 * of a write are returned: its body never goes to another origin.
 */
function followingRedirects(send) {
    return async (first) => {
        let request = first;
        for (let hop = 0; hop <= MAXIMUM_REDIRECTS; hop++) {
            const response = await send(request);
            if (!isRedirect(request, response))
                return response;
            request = nextHop(request, response);
        }
        throw refused(first, `it redirects more than ${MAXIMUM_REDIRECTS.toString()} times`);
    };
}
/**
 * Makes the request that a redirect asks for. Most headers follow within one origin (scheme, host and port) only.
 * Throws `REGISTRY_REJECTED` for a redirect to an invalid URL, from https to http, or to where the request forbids.
 */
function nextHop(request, response) {
    const location = response.headers.location;
    if (location === undefined || !URL.canParse(location, request.url.href)) {
        throw refused(request, `it redirects to "${(0,printable/* printable */.g)(location ?? '')}", which is not a valid URL`);
    }
    const url = new URL(location, request.url);
    if (url.protocol !== 'https:' && url.protocol !== request.url.protocol) {
        throw refused(request, `it redirects from ${request.url.protocol} to ${(0,printable/* printable */.g)(url.protocol)}`);
    }
    request.vetRedirect?.(url);
    if ((0,http_message/* isSameOrigin */.J6)(url, request.url))
        return { ...request, url };
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => HARMLESS.includes(name)));
    return { ...request, url, headers, namedBy: request.namedBy ?? request.url };
}
function isRedirect({ method, url }, { status, headers }) {
    if (method === 'GET' || method === 'HEAD')
        return REDIRECTS.includes(status);
    const location = headers.location ?? '';
    return (REPEATING_REDIRECTS.includes(status) &&
        URL.canParse(location, url.href) &&
        (0,http_message/* isSameOrigin */.J6)(new URL(location, url), url));
}
function refused(request, why) {
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${(0,http_message/* describeRequest */.Ng)(request)}: the registry's redirect is refused: ${why}`, {
        advice: 'Check the name of the registry. A proxy may be answering for it.'
    });
}

;// CONCATENATED MODULE: ./src/registry/http/pace.ts
/** The request rate for an origin that rate-limits: lower after each 429, higher while requests succeed. */

// In milliseconds between two requests.
const FIRST_INTERVAL = 100;
const LONGEST_INTERVAL = 5_000;
// A rate this high needs no pacing.
const SHORTEST_INTERVAL = 5;
// Factors on the interval after a 429: large while the limit is unknown, small once it has been found.
const FAR = 1.5;
const NEAR = 1.12;
const FOUND_AFTER = 20;
// The rate rises faster with each success in a row.
const ACCELERATION = 0.0001;
/** After this many 429 in a row, retries stop. */
const MAXIMUM_REFUSALS = 8;
// In milliseconds.
const LOG_INTERVAL = 30_000;
/** The pace of one origin. */
class Pace {
    #host;
    #options;
    #interval = 0;
    #quietUntil = 0;
    #nextStart = 0;
    #pausedAt = -Infinity;
    #refusals = 0;
    #streak = 0;
    #loggedAt = -Infinity;
    /** Whether a single request is sent first, to test whether the origin answers again. */
    isProbing = false;
    constructor(host, options) {
        this.#host = host;
        this.#options = options;
    }
    /** Whether so many 429 came in a row that retrying is pointless. */
    get isExhausted() {
        return this.#refusals >= MAXIMUM_REFUSALS;
    }
    /** How long the origin wants no requests, in milliseconds. */
    quiet(now) {
        return Math.max(0, this.#quietUntil - now);
    }
    /** How long the next request must wait, in milliseconds; 0 or less if it need not. */
    delay(now) {
        return Math.max(this.#quietUntil, this.#nextStart) - now;
    }
    /** Records that a request is sent. */
    start(now) {
        this.#nextStart = now + this.#interval;
    }
    /** Holds all requests for some milliseconds, then sends one as a probe. */
    pause(wait) {
        const now = this.#options.now();
        this.#quietUntil = Math.max(this.#quietUntil, now + wait);
        this.#pausedAt = now;
        this.isProbing = true;
    }
    /** Records a 429 for a request sent at `started`; concurrent ones count once. */
    slowDown(started, asked) {
        const now = this.#options.now();
        const isNews = started >= this.#pausedAt;
        if (isNews) {
            const factor = this.#streak >= FOUND_AFTER && this.#interval > FIRST_INTERVAL ? NEAR : FAR;
            this.#interval =
                this.#interval === 0 ? FIRST_INTERVAL : Math.min(LONGEST_INTERVAL, this.#interval * factor);
            this.#streak = 0;
            this.#refusals++;
        }
        if (isNews || asked !== undefined)
            this.pause(asked ?? backoff(this.#refusals, this.#options.random()));
        if (isNews)
            this.#log(now);
    }
    /** Records a response other than 429 for a request sent at `started`. */
    speedUp(started) {
        if (started < this.#pausedAt)
            return;
        this.#refusals = 0;
        this.isProbing = false;
        if (this.#interval === 0)
            return;
        this.#interval *= 1 - Math.min(0.1, ACCELERATION * ++this.#streak);
        if (this.#interval < SHORTEST_INTERVAL)
            this.#interval = 0;
    }
    #log(now) {
        if (now - this.#loggedAt < LOG_INTERVAL)
            return;
        this.#loggedAt = now;
        const rate = (1000 / this.#interval).toFixed(1).replace('.0', '');
        const wait = (this.quiet(now) / 1000).toFixed(1);
        this.#options.log(`${this.#host} limits requests (429); waiting ${wait} s, then sending about ${rate} a second`);
    }
}

;// CONCATENATED MODULE: ./src/registry/http/throttle.ts
/**
 * Adapts to a registry's capacity, per origin:
 *
 *     answer                                     then
 *     429, or 403 with Retry-After               no request until Retry-After (else a backoff) is over, then one, then slower
 *     another failure with Retry-After           no request until it is over, then one
 *     connection refused while others are open   no more concurrent requests than open connections
 *     5xx to one of several manifest uploads     one upload at a time: some registries cannot do more (Gitea)
 *
 * Waiting requests are sent one by one, never all at once: writes first, so that the state they are based on stays fresh.
 * The rate rises again while requests succeed. retry.ts decides what is repeated, and how often.
 */






// After this many sequential uploads, concurrent ones are tried again.
const UPLOADS_ONE_BY_ONE = 32;
// After this many successes per concurrent request, the concurrency rises by one.
const ANSWERS_PER_STEP = 8;
const throttle_FAILURES = [408, 425, 500, 502, 503, 504];
/** Throttles all origins of a run. */
class Throttle {
    #gates = new Map();
    #options;
    constructor(options) {
        this.#options = options;
    }
    /** Tells whether so many 429 came in a row from an origin that retrying is pointless. */
    isExhausted = ({ origin }) => this.#gates.get(origin)?.isExhausted === true;
    /** The layer. Throws `REGISTRY_UNAVAILABLE` for a wait of more than a minute, and for one at an exhausted origin. */
    layer = (send) => {
        return async (request) => {
            const gate = this.#gateOf(request.url);
            // No await without a wait: the layers above rely on a request being sent synchronously.
            const turn = gate.enter(request);
            if (turn !== undefined)
                await turn;
            const started = this.#options.now();
            const sent = send(request).finally(() => {
                gate.leave(request);
            });
            try {
                const response = await sent;
                gate.record(request, response, started);
                return response;
            }
            catch (error) {
                if (error instanceof errors/* PromotionError */.g1 && isConnectionRefused(error))
                    gate.recordRefusal();
                throw error;
            }
            finally {
                gate.pump();
            }
        };
    };
    #gateOf({ origin, host }) {
        const gate = this.#gates.get(origin) ?? new Gate(host, this.#options);
        this.#gates.set(origin, gate);
        return gate;
    }
}
/** Queues the requests to one origin. */
class Gate {
    #pace;
    #host;
    #options;
    #waiting = [];
    #isPumping = false;
    #inFlight = 0;
    #uploads = 0;
    /** The most concurrent requests. */
    #most = Infinity;
    #answers = 0;
    /** How many more uploads are sequential. */
    #oneByOne = 0;
    constructor(host, options) {
        this.#host = host;
        this.#options = options;
        this.#pace = new Pace(host, options);
    }
    get isExhausted() {
        return this.#pace.isExhausted;
    }
    /** Returns undefined if the request may be sent now, else a promise to wait for. Throws if the wait would be too long. */
    enter(request) {
        const now = this.#options.now();
        const tooLong = this.#tooLong(now);
        if (tooLong)
            throw tooLong;
        if (this.#waiting.length === 0 && this.#pace.delay(now) <= 0 && this.#mayGo(request)) {
            this.#start(request);
            return undefined;
        }
        return new Promise((go, fail) => {
            const firstRead = this.#waiting.findIndex(waiting => isSafe(waiting.request));
            const place = isSafe(request) || firstRead < 0 ? this.#waiting.length : firstRead;
            this.#waiting.splice(place, 0, { request, go, fail });
            this.pump();
        });
    }
    leave(request) {
        this.#inFlight--;
        if (isUpload(request))
            this.#uploads--;
    }
    /** Records a refused connection: the open ones are as many as the registry accepts. */
    recordRefusal() {
        if (this.#inFlight > 0)
            this.#most = Math.min(this.#most, this.#inFlight);
    }
    /** Records the response to a request sent at `started`. Throws if it asks for a wait of more than a minute. */
    record(request, response, started) {
        const now = this.#options.now();
        const wait = parseRetryAfter(response.headers['retry-after'], now);
        if (isRateLimited(response))
            this.#pace.slowDown(started, wait);
        else if (throttle_FAILURES.includes(response.status))
            this.#recordFailure(request, wait);
        else
            this.#recordSuccess(request, started);
        if (wait === undefined && !this.isExhausted)
            return;
        const tooLong = this.#tooLong(now, explainRefusal(request, response));
        if (tooLong === undefined)
            return;
        for (const { fail } of this.#waiting.splice(0))
            fail(tooLong);
        if (wait !== undefined && wait > MAXIMUM_RETRY_AFTER)
            throw tooLong;
    }
    /** Releases waiting requests one at a time, each when it is due. */
    pump() {
        if (this.#isPumping)
            return;
        this.#isPumping = true;
        this.#release().then(() => {
            this.#isPumping = false;
        }, (error) => {
            this.#isPumping = false;
            for (const { fail } of this.#waiting.splice(0))
                fail(error);
        });
    }
    async #release() {
        for (let next = this.#next(); next !== undefined; next = this.#next()) {
            const delay = this.#pace.delay(this.#options.now());
            if (delay > 0)
                await this.#options.sleep(delay);
            else {
                this.#waiting.splice(this.#waiting.indexOf(next), 1);
                this.#start(next.request);
                next.go();
            }
        }
    }
    #recordFailure(request, wait) {
        if (wait !== undefined)
            this.#pace.pause(wait);
        if (isUpload(request) && this.#uploads > 0)
            this.#oneByOne = UPLOADS_ONE_BY_ONE;
    }
    #recordSuccess(request, started) {
        this.#pace.speedUp(started);
        if (isUpload(request) && this.#oneByOne > 0)
            this.#oneByOne--;
        if (++this.#answers >= ANSWERS_PER_STEP * this.#most)
            [this.#answers, this.#most] = [0, this.#most + 1];
    }
    /** The error for a wait above the limit. */
    #tooLong(now, what) {
        const quiet = this.#pace.quiet(now);
        if (quiet <= (this.isExhausted ? 0 : MAXIMUM_RETRY_AFTER))
            return undefined;
        const when = new Date(now + quiet).toISOString().replace('T', ' ').slice(0, 16);
        return new errors/* PromotionError */.g1('REGISTRY_UNAVAILABLE', what ?? `${this.#host} is rate-limiting requests`, {
            advice: `The registry asks for no requests until ${when} UTC, longer than a step waits. Run the job again after that.`
        });
    }
    #mayGo(request) {
        if (this.#inFlight >= (this.#pace.isProbing ? 1 : this.#most))
            return false;
        return this.#oneByOne === 0 || !isUpload(request) || this.#uploads === 0;
    }
    #start(request) {
        this.#pace.start(this.#options.now());
        this.#inFlight++;
        if (isUpload(request))
            this.#uploads++;
    }
    #next() {
        return this.#waiting.find(({ request }) => this.#mayGo(request));
    }
}
/** Tells whether a request uploads a manifest or another small body. */
function isUpload({ method, body }) {
    return method === 'PUT' && body instanceof Uint8Array;
}

;// CONCATENATED MODULE: ./src/registry/http/trace.ts
/** Logs a debug line for each exchange, without secrets. */


// Only these query parameters are shown: others may be signatures or tokens (go-containerregistry does the same).
const trace_HARMLESS = [
    'service',
    'scope',
    'mount',
    'from',
    'digest',
    'artifactType',
    'n',
    'last',
    'tag'
];
/** Logs every exchange: method, URL, status, size and time. */
function tracing(send, log) {
    return async (request) => {
        const start = performance.now();
        const asked = (0,http_message/* describeRequest */.Ng)(request);
        const line = `${asked}${query(request.url)}`;
        const took = () => `${(performance.now() - start).toFixed(0)} ms`;
        try {
            const response = await send(request);
            log(`${line} → ${response.status.toString()} ${(0,printable/* printable */.g)(response.headers['content-type'] ?? '')} ${response.body.length.toString()} bytes, ${took()}`);
            return response;
        }
        catch (error) {
            // Most errors begin with the request, as this line does.
            const failure = error instanceof Error ? error.message.replace(`${asked}: `, '') : 'no answer';
            log(`${line} → ${failure}, ${took()}`);
            throw error;
        }
    };
}
function query({ searchParams }) {
    const shown = [...searchParams].map(([name, value]) => `${name}=${trace_HARMLESS.includes(name) ? value : '…'}`);
    return shown.length === 0 ? '' : `?${(0,printable/* printable */.g)(shown.join('&'))}`;
}

;// CONCATENATED MODULE: ./src/registry/http/warnings.ts
/** Shows the warnings that registries send (OCI distribution specification, *Warnings*). */

// In one run.
const MAXIMUM_WARNINGS = 10;
const warnings_MAXIMUM_LENGTH = 4 * 1024;
// The only code and agent that clients accept (specification).
const WARNING = /(?:^|,)\s*299 - "((?:[^"\\]|\\.)*)"/g;
/** Parses a `Warning` header: `299 - "text"`, several separated by commas. */
function readWarnings(header) {
    const matches = (header ?? '').slice(0, warnings_MAXIMUM_LENGTH).matchAll(WARNING);
    return [...matches]
        .map(([, text = '']) => (0,printable/* printable */.g)(text.replace(/\\(.)/g, '$1')))
        .filter(text => text !== '');
}
/** Logs each warning of a host once, at most ten in a run. */
function showingWarnings(send, log) {
    const shown = new Set();
    return async (request) => {
        const response = await send(request);
        for (const text of readWarnings(response.headers.warning)) {
            const line = `${request.url.host} warns: ${text}`;
            if (shown.has(line) || shown.size === MAXIMUM_WARNINGS)
                continue;
            shown.add(line);
            log(line);
        }
        return response;
    };
}

;// CONCATENATED MODULE: ./src/registry/stack.ts









/**
 * Puts the layers together. A request passes them from the top, its answer from the bottom.
 *
 * - What is on top of authorization gives it the URL that a request goes to in the end.
 * - Authorization is above all else: a token request is retried, redirected and logged like any other, and no server that a request
 *   is redirected to is ever shown a credential.
 * - Retries are above redirects: the address that a redirect led to may have expired, so the registry is asked for a new one.
 * - What is below sees every single exchange.
 * - Only the transport is below redaction: no other layer sees a secret that a server quotes.
 */
function registryStack(dependencies) {
    const { transport, keychain, registryHeaders, loopback, clock, random, secrets } = dependencies;
    const { debug, info, warning } = dependencies;
    const mask = (secret) => {
        secrets.add(secret);
    };
    const { now, date, sleep } = clock;
    const time = { now: date, random, sleep };
    const throttle = new Throttle({ ...time, log: info });
    const layers = [
        loopback.switching,
        send => addingHeaders(send, registryHeaders, mask),
        send => authorizing(send, { keychain, mask, preconnect: transport.preconnect, now, sleep }),
        send => retrying(send, { ...time, isExhausted: throttle.isExhausted, log: info }),
        followingRedirects,
        throttle.layer,
        send => showingWarnings(send, warning),
        send => watchingQuota(send, warning),
        loopback.detecting,
        send => tracing(send, debug),
        send => redacting(send, secrets)
    ];
    return layers.reduceRight((send, layer) => layer(send), transport.send);
}

;// CONCATENATED MODULE: ./src/action/wiring.ts








/** Creates the client for all registries of a run. */
function registryClient(inputs, { clock, env, ...rest }) {
    const sleep = (duration) => clock.sleep(duration);
    const loopback = new LoopbackTls();
    const machine = thisMachine(env);
    const files = new LoginFiles(machine);
    const send = registryStack({
        ...rest,
        loopback,
        keychain: keychain(inputs, machine, files),
        registryHeaders: registryHeaders(machine, files),
        clock: { now: () => clock.now(), date: Date.now, sleep },
        random: Math.random
    });
    return new RegistryClient(send, {
        insecure: inputs.insecure,
        wantsTls: loopback.wantsTls,
        actionsIn: actionsOf(inputs),
        pause: failures => sleep(backoff(failures, Math.random()))
    });
}
/** Returns the actions that the whole run needs in a repository, so that one token covers them. */
function actionsOf({ request, options }) {
    const isWritten = (repository) => !options.dryRun &&
        request.promotions.some(({ targets }) => targets.some(target => (0,oci_reference/* isSameRepository */.ve)(target.repository, repository)));
    return repository => (isWritten(repository) ? ['pull', 'push'] : ['pull']);
}

;// CONCATENATED MODULE: ./src/action/main.ts
/** The composition root: reads the inputs, wires the parts together, promotes, reports. */


















/** Runs the action, as it has begun. Never throws: an error becomes an annotation and fails the step. */
async function main(beginning) {
    const pool = transport(standardDeadline, beginning);
    const job = cancellation(() => {
        pool.close();
    });
    const secrets = new Secrets(core/* setSecret */.Pq);
    const { /* debug */ "Yz": debug, /* info */ "pq": info, /* warning */ "$e": warning } = core;
    const clock = clockUntil(job.signal);
    const wiring = { transport: pool, clock, env: process.env, secrets, debug, info, warning };
    try {
        const { report, inputs } = await run(beginning, wiring, job);
        await present(presentable(report, secrets), settingsOf(inputs));
    }
    catch (error) {
        core/* debug */.Yz(error instanceof Error ? (error.stack ?? '') : String(error));
        main_fail(bugAnnotation(error));
    }
    finally {
        job.end();
        pool.close();
    }
}
async function run(beginning, wiring, { signal, inTime }) {
    let inputs;
    try {
        inputs = tellInputs(beginning, wiring.secrets);
        const { clock } = wiring;
        const dependencies = {
            registry: registryClient(inputs, wiring),
            clock,
            signal,
            progress: progressReporter(clock)
        };
        const report = await inTime(promote(inputs.request, inputs.options, dependencies));
        return { report: { ...report, warnings: [...inputs.warnings, ...report.warnings] }, inputs };
    }
    catch (error) {
        if (error instanceof errors/* PromotionError */.g1)
            return { report: failedRun(error), ...(inputs && { inputs }) };
        throw error;
    }
}
/** The settings that a rollback step shares with this one. */
function settingsOf(inputs) {
    const { login, insecure = [] } = inputs ?? {};
    return { action: actionName(process.env), loginFor: login?.registry, insecure: [...insecure] };
}
function progressReporter(clock) {
    return {
        waiting: (missing, left) => {
            say(waitLines(missing, left));
        },
        planned: (request, plan) => {
            sayFolded(sourceSection(request, plan));
            say(planLines(plan));
        },
        copying: telling({ say: core/* info */.pq, now: () => clock.now() })
    };
}
/** A clock whose sleeps end when the job is cancelled. */
function clockUntil(signal) {
    return {
        now: () => performance.now(),
        sleep: async (duration) => {
            await (0,promises_.setTimeout)(duration, undefined, { signal }).catch(() => {
                throw signal.reason;
            });
        }
    };
}
/** Returns the inputs; what is secret is masked before anything is said about it. */
function tellInputs({ secrets: given, unknown, inputs }, secrets) {
    for (const secret of given)
        secrets.add(secret);
    const warning = unknownInputsWarning(unknown);
    if (warning)
        core/* warning */.$e(warning.message, { title: warning.title });
    return inputs();
}
/** Reports the result of a run. A failure to write the report becomes an annotation; the result stays. */
async function present(report, settings) {
    say(copiedLines(report));
    for (const section of outcomeSections(report))
        sayFolded(section);
    const end = endLine(report);
    say([end]);
    for (const { title, message } of annotations_warningsOf(report))
        core/* warning */.$e(message, { title });
    const annotation = annotationOf(report);
    if (annotation !== undefined || !isSuccessful(report))
        main_fail(annotation ?? { title: 'Retag', message: end });
    try {
        for (const [name, value] of Object.entries(outputsOf(report)))
            core/* setOutput */.uH(name, value);
    }
    catch (error) {
        main_fail(outputAnnotation(error, report, end));
    }
    if (process.env.GITHUB_STEP_SUMMARY)
        await writeSummary(summaryOf(report, settings));
}
async function writeSummary(summary) {
    try {
        await core/* summary */.z.addRaw(summary).write();
    }
    catch (error) {
        const { title, message } = summaryWarning(error);
        core/* warning */.$e(message, { title });
    }
}
function sayFolded({ title, lines }) {
    if (title !== undefined)
        core/* startGroup */.Oh(title);
    say(lines);
    if (title !== undefined)
        core/* endGroup */.N4();
}
function say(lines) {
    for (const line of lines)
        core/* info */.pq(line);
}
function main_fail({ title, message }) {
    core/* error */.z3(message, { title });
    process.exitCode = core/* ExitCode */.yU.Failure;
}


/***/ })

};
