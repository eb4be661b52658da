import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
import * as __WEBPACK_EXTERNAL_MODULE_node_path_02319fef__ from "node:path";
/******/ var __webpack_modules__ = ({

/***/ 925:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  q: () => (/* binding */ begin)
});

// EXTERNAL MODULE: ./src/oci/registry-host.ts
var registry_host = __nccwpck_require__(417);
// EXTERNAL MODULE: ./src/promotion/source.ts
var promotion_source = __nccwpck_require__(448);
// EXTERNAL MODULE: ./src/registry/http/early-connections.ts
var early_connections = __nccwpck_require__(251);
// EXTERNAL MODULE: ./src/oci/printable.ts
var printable = __nccwpck_require__(362);
;// CONCATENATED MODULE: ./src/action/inputs/known-inputs.ts
/** The inputs that action.yml declares; a test compares the two. */
/** The default of each input, in the order of action.yml; empty where there is none. That of `github-token` is an expression of the runner's. */
const inputDefaults = {
    registry: 'docker.io',
    repository: '',
    source: '',
    target: '',
    digests: '',
    promotions: '',
    username: '',
    password: '',
    'github-token': '',
    'if-exists': 'move',
    'expect-digest': 'any',
    'require-platforms': 'any',
    'keep-previous': '0',
    'if-missing': 'fail',
    'wait-for-source': '0',
    referrers: 'true',
    'on-failure': 'restore',
    'dry-run': 'false',
    annotations: '',
    'insecure-registries': ''
};
/** The names of all inputs, in the order of action.yml. */
const inputNames = Object.keys(inputDefaults);
/** The inputs that nobody may see. */
const secretInputs = ['password', 'github-token'];

// EXTERNAL MODULE: ./src/oci/errors.ts
var errors = __nccwpck_require__(630);
;// CONCATENATED MODULE: ./src/action/inputs/mistakes.ts
/** Collects the mistakes of all inputs, so that they can be reported together. */

/** All mistakes found so far. */
class Mistakes {
    #found = [];
    /** Does what may find a mistake in an input; undefined when it did. */
    attempt(input, work) {
        try {
            return work();
        }
        catch (error) {
            if (!(error instanceof errors/* PromotionError */.g1))
                throw error;
            this.add(input, error);
            return undefined;
        }
    }
    /** Adds a mistake that was found in an input. */
    add(input, error) {
        this.#found.push({ input, error });
    }
    /** Throws all that was found, if anything was: as `REFERENCE_INVALID` when it is about references alone, else as `INPUT_INVALID`. */
    throwAny() {
        if (this.#found.length === 0)
            return;
        const lines = this.#found.map(({ input, error }) => `${input}: ${error.message}. ${error.advice ?? ''}`.trimEnd());
        const code = this.#found.every(({ error }) => error.code === 'REFERENCE_INVALID')
            ? 'REFERENCE_INVALID'
            : 'INPUT_INVALID';
        const [only] = lines;
        throw new errors/* PromotionError */.g1(code, lines.length === 1 && only !== undefined
            ? only
            : `${lines.length.toString()} mistakes in the inputs:\n${lines.join('\n')}`, {
            advice: 'No registry was contacted. Change the workflow, or what it was started with, and start a new run: "Re-run jobs" runs the old one again.'
        });
    }
}
/** Why an input is empty that the workflow sets. */
const EMPTY_EXPRESSION = 'An expression in it has no value, such as the output of a job that is not in "needs".';
/** Makes the error of a mistake: what is wrong, and what to write instead. */
function wrong(what, advice) {
    return new errors/* PromotionError */.g1('INPUT_INVALID', what, { advice });
}
/** Makes the error of a reference that is malformed: what is wrong, and what to write instead. */
function malformed(what, advice) {
    return new errors/* PromotionError */.g1('REFERENCE_INVALID', what, { advice });
}

;// CONCATENATED MODULE: ./src/action/inputs/similar-names.ts
/** Finds the input that a name means which is none: `dry_run`, `if-exist`, `tags`. */

// Names are compared without case, separators and plural.
const synonyms = new Map(Object.entries({
    tag: 'target',
    newtag: 'target',
    targettag: 'target',
    targetimage: 'target',
    destination: 'target',
    dest: 'target',
    dst: 'target',
    to: 'target',
    src: 'source',
    from: 'source',
    sourcetag: 'source',
    sourceimage: 'source',
    oldtag: 'source',
    repo: 'repository',
    imagename: 'repository',
    host: 'registry',
    registryhost: 'registry',
    registryurl: 'registry',
    server: 'registry',
    loginserver: 'registry',
    user: 'username',
    login: 'username',
    registryusername: 'username',
    pass: 'password',
    registrypassword: 'password',
    ghtoken: 'github-token',
    exist: 'if-exists',
    onexist: 'if-exists',
    overwrite: 'if-exists',
    force: 'if-exists',
    clobber: 'if-exists',
    noclobber: 'if-exists',
    platform: 'require-platforms',
    keep: 'keep-previous',
    missing: 'if-missing',
    onmissing: 'if-missing',
    wait: 'wait-for-source',
    timeout: 'wait-for-source',
    onerror: 'on-failure',
    rollback: 'on-failure',
    dry: 'dry-run',
    insecure: 'insecure-registries',
    plainhttp: 'insecure-registries'
}));
const ambiguous = new Map(Object.entries({
    image: {
        input: 'target',
        advice: 'Write repository for the name of the image, source for the tag that it has, and target for the tags that it is to get.'
    },
    digest: {
        input: 'expect-digest',
        advice: 'Write source for the image to tag, expect-digest for the digest that it must have, or digests for a folder of them.'
    },
    token: {
        input: 'password',
        advice: "Write password for a registry's token, or github-token for a token of GitHub."
    }
}));
/** The longest name that is compared letter by letter. */
const MAXIMUM_LENGTH = 40;
/** From this length on, a name may differ in two letters. */
const LONG = 6;
/** Finds the input that a name means; undefined where it resembles none. */
function meantBy(name) {
    const plain = normalized(name);
    const unclear = ambiguous.get(plain);
    if (unclear !== undefined)
        return { ...unclear, isSure: false };
    const input = synonyms.get(plain) ?? nearest(name);
    return input && { input, advice: `Write ${input}.`, isSure: true };
}
/** Removes separators, and brings a plural to its singular. */
function normalized(name) {
    return lettersOf(name).replace(/ies$/, 'y').replace(/s$/, '');
}
function lettersOf(name) {
    return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
function nearest(name) {
    const letters = lettersOf(name);
    if (letters.length > MAXIMUM_LENGTH)
        return undefined;
    const [best] = inputNames
        .map(input => ({ input, distance: distanceTo(lettersOf(input), letters) }))
        .filter(({ distance }) => distance !== undefined)
        .sort((one, other) => Number(one.distance) - Number(other.distance));
    return best?.input;
}
/** Gives the number of differing letters; undefined if there are too many for a slip of the pen. */
function distanceTo(known, letters) {
    const allowed = known.length >= LONG && letters.startsWith(known.slice(0, 1)) ? 2 : 1;
    const distance = Math.min(editDistance(known, letters), editDistance(normalized(known), normalized(letters)));
    return distance <= allowed ? distance : undefined;
}
/** Counts the letters to insert, remove, replace or swap with a neighbour that make one text of the other. */
function editDistance(one, other) {
    const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
    const at = (row, column) => rows[row]?.[column] ?? Infinity;
    for (let row = 1; row <= one.length; row++) {
        rows.push([row]);
        for (let column = 1; column <= other.length; column++) {
            const isSame = one[row - 1] === other[column - 1];
            const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
            rows[row]?.push(Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1), isSwapped ? at(row - 2, column - 2) + 1 : Infinity));
        }
    }
    return at(one.length, other.length);
}

;// CONCATENATED MODULE: ./src/action/inputs/environment.ts




const PREFIX = /^INPUT_(?=.)/;
/**
 * Reads the inputs as the runner names them: `INPUT_`, then the name in upper case, with `_` for blanks. An input whose variable does
 * not exist (another runner, a local run) has its default. A name that resembles an input goes to `mistakes`, and its value is read as
 * that input's, so that what is wrong with it is found too.
 */
function readEnvironment(env, mistakes) {
    const known = new Map(inputNames.map(name => [variableOf(name), name]));
    const strays = Object.entries(env).flatMap(([variable, value = '']) => {
        if (!PREFIX.test(variable) || known.has(variable))
            return [];
        const name = variable.replace(PREFIX, '').toLowerCase();
        return [{ variable, name, value: value.trim(), meant: meantBy(name) }];
    });
    for (const stray of strays) {
        const { meant } = stray;
        if (meant)
            mistakes.add(meant.input, mistakeOf(stray, meant));
    }
    const read = name => {
        const value = env[variableOf(name)]?.trim() ?? inputDefaults[name];
        const isUntouched = value === '' || value === inputDefaults[name];
        return (isUntouched ? misspeltValue(strays, name) : undefined) ?? value;
    };
    return {
        read,
        secrets: [...secretInputs.map(read), ...strays.flatMap(secretsIn)].filter(secret => secret !== ''),
        unknown: strays.filter(({ meant }) => meant === undefined).map(({ name }) => (0,printable/* printable */.g)(name))
    };
}
function variableOf(name) {
    return `INPUT_${name.toUpperCase()}`;
}
function misspeltValue(strays, name) {
    return strays.find(({ meant }) => meant?.isSure && meant.input === name)?.value;
}
function secretsIn({ meant, value }) {
    return meant && secretInputs.includes(meant.input) ? [value] : [];
}
function mistakeOf({ variable, name }, { input, advice }) {
    const shown = (0,printable/* printable */.g)(variable);
    if (name === input)
        return wrong(`the variable ${shown} is not in upper case`, `Write ${variableOf(input)}.`);
    return wrong(`"${(0,printable/* printable */.g)(name)}" is not an input of Retag`, `${advice} If the step does not have it, rename the environment variable ${shown}.`);
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: ./src/action/inputs/folder.ts
/** Lists a folder for the input `digests`. No file is read. */

/** Lists a folder of this machine; a relative path begins at the working directory, which is the workspace of the job. */
const listFolder = (path, most) => {
    try {
        return { kind: 'folder', entries: entriesOf(path, most) };
    }
    catch (error) {
        const reason = String(error.code);
        if (reason === 'ENOENT')
            return { kind: 'missing' };
        return reason === 'ENOTDIR' ? { kind: 'file' } : { kind: 'unreadable', reason };
    }
};
function entriesOf(path, most) {
    const folder = (0,external_node_fs_namespaceObject.opendirSync)(path);
    try {
        const entries = [];
        for (let entry = folder.readSync(); entry && entries.length < most; entry = folder.readSync())
            entries.push({ name: entry.name, isFolder: entry.isDirectory() });
        return entries;
    }
    finally {
        folder.closeSync();
    }
}

;// CONCATENATED MODULE: ./src/action/inputs/lists.ts
/**
 * The grammar of lists and lines in inputs, that of docker's actions: items are separated by line breaks, commas and spaces; `#` begins a comment
 * line. What people write in lists elsewhere (`- x`, `x # note`, `"x"`, `["x"]`) is recognised: it is a mistake, and is read all the same,
 * so that the other mistakes of the list are found too.
 */



const habits = [
    {
        pattern: /^-(?:\s+|$)/,
        replacement: '',
        what: 'begins with a dash',
        advice: 'The input is a text, not a YAML list: write the values alone, one a line.'
    },
    {
        pattern: /\s#.*$/,
        replacement: '',
        what: 'has a comment after the value',
        advice: 'Write the comment on a line of its own.'
    },
    {
        pattern: /["'`]/g,
        replacement: '',
        what: 'holds quotation marks',
        advice: 'Remove them: within an input they are part of the value.'
    },
    {
        pattern: /[;|]/g,
        replacement: ' ',
        what: 'holds a separator that is none',
        advice: 'Separate values by line breaks, commas or spaces.'
    }
];
// The address of a host may be in brackets: [::1]:5000.
const JSON_LIST = /^\[(?![0-9a-f]*:[0-9a-f:.]*\])/i;
/** Gives the lines of a text; blank lines and lines that begin with `#` are ignored. */
function linesOf(text) {
    return text
        .split(/\r?\n/)
        .map((line, index) => ({ number: index + 1, text: line.trim() }))
        .filter(line => line.text !== '' && !line.text.startsWith('#'));
}
/** Does what may find a mistake in a line; the mistake begins with the line's number, where there is one. */
function inLine(number, work) {
    try {
        return work();
    }
    catch (error) {
        throw number === undefined ? error : (0,errors/* during */.iW)(`line ${number.toString()}`, error);
    }
}
/** Splits a list. */
function splitList(text) {
    return linesOf(text).flatMap(line => line.text.split(/[\s,]+/).filter(item => item !== ''));
}
/** Reads a list, in which `more` are habits too; each mistake is reported once. */
function readList(text, report, more = []) {
    const found = new Set();
    const reportOnce = (habit, line) => {
        if (!found.has(habit))
            report(lists_mistakeOf(line, habit));
        found.add(habit);
    };
    const lines = linesOf(withoutJson(text, report)).map(line => withoutHabits(line.text, [...habits, ...more], reportOnce));
    return splitList(lines.join('\n'));
}
/** Reads a line of an input whose lines have a grammar of their own. */
function readLine(line, report) {
    return withoutHabits(line, habits, (habit, text) => {
        report(lists_mistakeOf(text, habit));
    });
}
/** Gives the mistake of a text that is a list in JSON; undefined for any other. */
function jsonList(text) {
    if (!JSON_LIST.test(text))
        return undefined;
    return wrong('is a list in JSON', "Write one value a line; an expression makes that of JSON: join(fromJSON(…), ' ').");
}
function withoutHabits(line, all, onFound) {
    return all.reduce((rest, habit) => {
        const tidy = rest.replace(habit.pattern, habit.replacement);
        if (tidy !== rest)
            onFound(habit, rest);
        return tidy;
    }, line);
}
function lists_mistakeOf(line, { what, advice }) {
    return wrong(`"${(0,printable/* printable */.g)(line)}" ${what}`, advice);
}
function withoutJson(text, report) {
    const mistake = jsonList(text);
    if (mistake === undefined)
        return text;
    report(mistake);
    return text.replace(/^\[|\]$|["']/g, '');
}

;// CONCATENATED MODULE: ./src/action/inputs/annotations.ts
/**
 * Reads the input `annotations`: those of an index that is made here.
 *
 *     line   := [levels ":"] key "=" value     blank lines and lines that begin with # are ignored
 *     levels := level ("," level)*             as docker/metadata-action writes them; a line counts where `index` is among them
 *     level  := ("index" | "manifest" | "index-descriptor" | "manifest-descriptor") ["[" platform "]"]
 *
 * A key is in the alphabet of the image specification's own keys. A value is anything to the end of the line. Of several lines with one
 * key the last counts: docker/metadata-action puts the user's own after those that it makes.
 */



/** The most annotations of an index. */
const MAXIMUM_ANNOTATIONS = 100;
/** The most characters of all annotations of an index. */
const MAXIMUM_ANNOTATION_LENGTH = 65_536;
const LEVEL = '(?:index|manifest)(?:-descriptor)?(?:\\[[^\\]]*\\])?';
const LEVELS = new RegExp(`^(${LEVEL}(?:,${LEVEL})*):`);
const KEY = /^[A-Za-z0-9][\w./-]*$/;
/** Reads all lines; what is wrong with them goes to `mistakes`. */
function readAnnotations(text, mistakes) {
    const lines = linesOf(text);
    const entries = lines.flatMap(line => {
        const entry = mistakes.attempt('annotations', () => inLine(line.number, () => readEntry(line.text)));
        return entry === undefined ? [] : [entry];
    });
    const annotations = Object.fromEntries(entries);
    mistakes.attempt('annotations', () => {
        checkAmount(annotations);
    });
    return { annotations, isGiven: lines.length > 0 };
}
/** Reads a line; undefined where it is for other levels than the index. Throws the mistake. */
function readEntry(text) {
    const [prefix = '', levels = 'index'] = LEVELS.exec(text) ?? [];
    if (!levels.split(',').includes('index'))
        return undefined;
    const [, key = '', value] = /^([^=]*)=(.*)$/s.exec(text.slice(prefix.length)) ?? [];
    const shown = `"${(0,printable/* printable */.g)(text)}"`;
    if (value === undefined)
        throw wrong(`${shown} has no "="`, 'Write KEY=VALUE, such as org.opencontainers.image.version=1.4.0.');
    if (KEY.test(key))
        return [key, value];
    throw wrong(`${shown} has no key that an annotation can have`, 'A key has letters, digits, ".", "/", "_" and "-". Only the levels of docker/metadata-action may stand before it: index:KEY=VALUE.');
}
function checkAmount(annotations) {
    const entries = Object.entries(annotations);
    if (entries.length > MAXIMUM_ANNOTATIONS) {
        throw wrong(`names ${entries.length.toString()} annotations`, `Give at most ${MAXIMUM_ANNOTATIONS.toString()}.`);
    }
    const length = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    if (length <= MAXIMUM_ANNOTATION_LENGTH)
        return;
    throw wrong(`has ${length.toString()} characters`, `Give at most ${MAXIMUM_ANNOTATION_LENGTH.toString()}: they are part of the index, which is read at every pull.`);
}

// EXTERNAL MODULE: ./src/oci/reference.ts
var oci_reference = __nccwpck_require__(148);
;// CONCATENATED MODULE: ./src/action/inputs/combine.ts
/** Makes one promotion for each image of what was given, and finds the tags that two images are to get. */




/** Combines what `input` gives. */
function combine(given, input, mistakes) {
    const images = new Map();
    const owners = new Map();
    for (const promotion of given) {
        const { source, targets, line } = promotion;
        const image = images.get(identityOf(source)) ?? { source, targets: [] };
        images.set(identityOf(source), image);
        for (const target of targets) {
            const owner = owners.get((0,oci_reference/* formatReference */.FH)(target));
            if (owner === undefined)
                image.targets.push(target);
            else
                mistakes.attempt(input, () => {
                    inLine(line, () => {
                        requireSameImage(target, owner, source);
                    });
                });
            owners.set((0,oci_reference/* formatReference */.FH)(target), owner ?? promotion);
        }
    }
    return {
        promotions: [...images.values()],
        lines: new Map([...owners].map(([target, { line }]) => [target, line]))
    };
}
/** Names what a source is: of an image its digest decides where there is one; an index is never one of its parts. */
function identityOf(source) {
    const names = (0,promotion_source/* referencesOf */.CL)(source).map(imageOf);
    return source.kind === 'image' ? names.join() : `index ${source.order} ${names.join(' + ')}`;
}
/** Names an image: where there is a digest, it decides. */
function imageOf(reference) {
    const { repository, digest } = reference;
    return (0,oci_reference/* formatReference */.FH)(digest === undefined ? reference : { repository, digest });
}
function requireSameImage(target, owner, source) {
    if (identityOf(owner.source) === identityOf(source))
        return;
    const where = owner.line === undefined ? '' : ` (line ${owner.line.toString()})`;
    throw wrong(`"${(0,oci_reference/* formatReference */.FH)(target)}" is a target of two images, ${(0,promotion_source/* formatSource */.j2)(owner.source)}${where} and ` +
        (0,promotion_source/* formatSource */.j2)(source), owner.line === undefined
        ? 'Write {name} in it, so that each repository gets a tag of its own.'
        : 'Remove it from one of the two lines.');
}

;// CONCATENATED MODULE: ./src/action/inputs/habits.ts



const registryOfWebsite = new Map([
    ['hub.docker.com', 'docker.io'],
    ['docker.com', 'docker.io'],
    ['github.com', 'ghcr.io'],
    ['gitlab.com', 'registry.gitlab.com']
]);
const habits_images = [shellVariable, scheme, gitRef, emptyEnd, branch, buildMetadata];
/** Finds the habit that an image or a tag of an input shows; undefined where there is none. */
function imageHabit(text) {
    return firstOf(habits_images, text);
}
/** Finds the habit that a repository or a registry host shows. */
function hostHabit(text) {
    return firstOf([shellVariable, website, scheme], text);
}
/** Removes the scheme of a URL, and what the API's address adds to the host. */
function withoutScheme(text) {
    return text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/(?:\/v[12])?\/*$/, '');
}
function firstOf(known, text) {
    for (const recognise of known) {
        const mistake = recognise(text);
        if (mistake !== undefined)
            return mistake;
    }
    return undefined;
}
function shellVariable(text) {
    if (!/\$\{?\w|%\w+%/.test(text))
        return undefined;
    return malformed(`"${(0,printable/* printable */.g)(text)}" holds a variable of a shell`, 'No shell reads the inputs. Write an expression, such as ${{ env.TAG }}.');
}
function scheme(text) {
    const found = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
    if (found === undefined)
        return undefined;
    const rest = withoutScheme(text);
    return malformed(`"${(0,printable/* printable */.g)(text)}" begins with ${(0,printable/* printable */.g)(found)}`, rest === '' ? 'Write it without a scheme.' : `Write ${(0,printable/* printable */.g)(rest)}.`);
}
function website(text) {
    const registry = registryOfWebsite.get(withoutScheme(text).toLowerCase());
    if (registry === undefined)
        return undefined;
    return malformed(`"${(0,printable/* printable */.g)(text)}" is a website, not a registry`, `Write ${registry}.`);
}
function gitRef(text) {
    const [, kind, name = ''] = /^refs\/(heads|tags|pull)\/(.*)$/.exec(text) ?? [];
    if (kind === undefined)
        return undefined;
    const advice = kind !== 'pull' && (0,oci_reference/* isTag */.dz)(name)
        ? `Write ${name}: github.ref_name has it.`
        : 'docker/metadata-action makes tags of branches and pull requests, such as feature-login and pr-1.';
    return malformed(`"${(0,printable/* printable */.g)(text)}" is a Git ref, not a tag`, advice);
}
function emptyEnd(text) {
    if (!/[:@]$/.test(text))
        return undefined;
    const isTagged = text.endsWith(':') && !/(?:^|@)sha(?:256|512):$/.test(text);
    return malformed(`"${(0,printable/* printable */.g)(text)}" ends where its ${isTagged ? 'tag' : 'digest'} should be`, EMPTY_EXPRESSION);
}
function branch(text) {
    const [first = '', ...rest] = text.split('/');
    if (rest.length === 0 || /[:@]/.test(text) || first.includes('.') || first === 'localhost')
        return undefined;
    const shown = (0,printable/* printable */.g)(text);
    const tag = text.replaceAll('/', '-');
    return malformed(`"${shown}" is no tag, because a tag cannot hold "/", and no image, because it has no tag and no digest`, `For a branch, write ${(0,oci_reference/* isTag */.dz)(tag) ? tag : 'a tag without "/"'}, as docker/metadata-action does. For an image, add its tag: ${shown}:TAG.`);
}
function buildMetadata(text) {
    const tag = text.slice(text.lastIndexOf(':') + 1);
    const instead = tag.replaceAll('+', '-');
    if (!tag.includes('+') || !(0,oci_reference/* isTag */.dz)(instead))
        return undefined;
    return malformed(`"${(0,printable/* printable */.g)(text)}" holds "+", and a tag cannot`, `Write "-" for it: ${instead}.`);
}

// EXTERNAL MODULE: ./src/promotion/request.ts
var promotion_request = __nccwpck_require__(548);
;// CONCATENATED MODULE: ./src/action/inputs/images.ts
/**
 * Reads images in inputs: bare tags and digests, full references, and placeholders in these.
 *
 *     in repository acme/api          {repository} = acme/api          {name} = api
 *     docker.io/acmehub/{name}:1.4.0  docker.io/acmehub/api:1.4.0
 */





/** In place of a repository that cannot be read: the rest is checked all the same, for mistakes of its own. */
const UNREADABLE = { registry: (0,registry_host/* parseRegistry */.l5)('registry.invalid'), name: 'unreadable' };
/** Reads an image. `home` is the repository of bare names and of placeholders. Throws the mistake. */
function readImage(text, home) {
    const habit = imageHabit(text);
    if (habit)
        throw habit;
    const filled = /[{}]/.test(text) ? fill(text, home) : text;
    if (home !== undefined)
        return (0,oci_reference/* parseImage */.zZ)(filled, home);
    if ((0,oci_reference/* isFullReference */.Ru)(filled))
        return (0,oci_reference/* parseReference */.F2)(filled);
    throw wrong(`"${(0,printable/* printable */.g)(text)}" is a bare name, and repository is not given`, 'Give repository, or write the full reference.');
}
/**
 * Makes the check for images of a list that name no registry: they are on Docker Hub, as Docker reads them. Where `registry` is another,
 * that is a mistake, unless the list names hosts too, as the one of docker/metadata-action for several registries does.
 */
function hostCheck(items, registry) {
    if (registry === undefined || registry === registry_host/* dockerHub */.UD || items.some(namesHost))
        return () => undefined;
    return item => {
        if (!(0,oci_reference/* isFullReference */.Ru)(item) || namesHost(item) || imageHabit(item))
            return;
        const shown = (0,printable/* printable */.g)(item);
        throw wrong(`"${shown}" names no registry, and registry is ${registry}`, `Write ${registry}/${shown}; or ${registry_host/* dockerHub */.UD}/${shown}, if Docker Hub is meant.`);
    };
}
/** Tells whether an image names the registry that it is in. */
function namesHost(text) {
    const [first = '', ...rest] = text.split('/');
    return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
}
/** Replaces the placeholders of a full reference. */
function fill(text, home) {
    const shown = (0,printable/* printable */.g)(text);
    if (!(0,oci_reference/* isFullReference */.Ru)(text)) {
        throw wrong(`"${shown}" has a placeholder, but is not a full reference`, 'Write the full reference, such as docker.io/acme/{name}:1.4.0.');
    }
    if (home === undefined)
        throw wrong(`"${shown}" has a placeholder, but no repository to take it from`, 'Write the name instead.');
    const { name } = home;
    const filled = text
        .replaceAll('{repository}', () => name)
        .replaceAll('{name}', () => name.slice(name.lastIndexOf('/') + 1));
    if (!/[{}]/.test(filled))
        return filled;
    throw wrong(`"${shown}" has an unknown placeholder`, 'Only {repository} and {name} are placeholders.');
}

// EXTERNAL MODULE: ./src/oci/digest.ts
var oci_digest = __nccwpck_require__(825);
// EXTERNAL MODULE: ./src/oci/listing.ts
var listing = __nccwpck_require__(113);
;// CONCATENATED MODULE: ./src/action/inputs/digests.ts
/** Reads the input `digests`: a folder whose file names are digests, as Docker's recipe for distributed builds leaves them. */





const MAXIMUM_NAMED = 3;
/** Gives the digests that the files of the folder at a path name, sorted, each once. Throws the mistake. */
function digestsIn(path, list) {
    const shown = `"${(0,printable/* printable */.g)(path)}"`;
    if (/sha(?:256|512):[0-9a-f]{8}/i.test(path))
        throw wrong(`${shown} is not the path of a folder`, 'Write the digests in source, one a line.');
    const folder = list(path, promotion_source/* MAXIMUM_PARTS */._w + 1);
    if (folder.kind !== 'folder')
        throw noFolder(folder, shown);
    const { entries } = folder;
    const subfolder = entries.find(({ isFolder }) => isFolder);
    if (subfolder) {
        throw wrong(`${shown} holds a folder, "${(0,printable/* printable */.g)(subfolder.name)}"`, 'With merge-multiple: true, actions/download-artifact puts the files of all artifacts into one folder.');
    }
    if (entries.length > promotion_source/* MAXIMUM_PARTS */._w) {
        throw wrong(`${shown} holds more than ${promotion_source/* MAXIMUM_PARTS */._w.toString()} files`, 'Each is a part of one index. Give the folder of one image.');
    }
    const strays = entries.filter(({ name }) => digestOf(name) === undefined);
    if (strays.length > 0)
        throw noDigests(strays, shown);
    const [first, ...others] = [...new Set(entries.flatMap(({ name }) => digestOf(name) ?? []))].sort();
    if (first !== undefined)
        return [first, ...others];
    throw wrong(`${shown} is empty`, 'The builds left no digest there: look at the pattern and path of actions/download-artifact, and at what the builds upload.');
}
function digestOf(name) {
    return [name, `sha256:${name}`].find(oci_digest/* isDigest */.Bc);
}
function noFolder({ kind, ...folder }, shown) {
    if (kind === 'file')
        return wrong(`${shown} is a file`, 'Give the folder that holds a file for each digest.');
    if (kind === 'missing') {
        return wrong(`there is no folder ${shown}`, 'Give the path that actions/download-artifact wrote to, without a wildcard; a relative one begins at the workspace.');
    }
    const reason = 'reason' in folder ? folder.reason : '';
    return wrong(`${shown} cannot be read (${reason})`, 'Let the user of the job read the folder.');
}
function noDigests(strays, shown) {
    const names = strays.map(({ name }) => `"${(0,printable/* printable */.g)(name)}"`);
    return wrong(`${shown} holds files whose names are no digests: ${(0,listing/* listFirst */.r)(names, MAXIMUM_NAMED)}`, 'The name of each file, hidden ones too, is a digest: 64 hexadecimal digits in lower case, with or without sha256: before them.');
}

;// CONCATENATED MODULE: ./src/action/inputs/sources.ts






/** Reads the source of each repository; undefined where there is a mistake. */
function readSources(homes, inputs) {
    const { read, mistakes } = inputs;
    if (read('digests') === '')
        return mistakes.attempt('source', () => readSource(homes, inputs));
    mistakes.attempt('digests', () => {
        if (read('source') !== '')
            throw wrong('cannot be combined with source', 'Give one of the two.');
    });
    return mistakes.attempt('digests', () => readDigests(homes, inputs));
}
/** Makes the source of one or several images. The same image twice counts once. Throws the mistake. */
function sourceOf(references, annotations) {
    const [first] = references;
    const seen = new Set();
    const [, ...others] = references.filter(reference => {
        const isNew = !seen.has(imageOf(reference));
        seen.add(imageOf(reference));
        return isNew;
    });
    if (others.length === 0)
        return { kind: 'image', reference: first };
    if (others.length < promotion_source/* MAXIMUM_PARTS */._w)
        return { kind: 'index', parts: [first, ...others], order: 'given', annotations };
    throw wrong(`names ${(others.length + 1).toString()} images`, `An index is made of at most ${promotion_source/* MAXIMUM_PARTS */._w.toString()} parts.`);
}
function readSource(homes, { read, registry, annotations, mistakes }) {
    const [first, ...others] = readList(read('source'), mistake => {
        mistakes.add('source', mistake);
    });
    if (first === undefined) {
        throw wrong('is required', 'Name the image to tag: a tag, a digest or a full reference; or give digests or promotions instead.');
    }
    const checkHost = hostCheck([first, ...others], registry);
    const readPart = (item) => {
        checkHost(item);
        return homes.map(home => readImage(item, home));
    };
    // A mistake that all repositories have in common is reported once.
    const parts = [first, ...others].flatMap(item => {
        const perHome = mistakes.attempt('source', () => readPart(item));
        return perHome === undefined ? [] : [perHome];
    });
    return homes.flatMap((_, index) => {
        const [part, ...rest] = parts.flatMap(perHome => perHome[index] ?? []);
        return part === undefined ? [] : [sourceOf([part, ...rest], annotations)];
    });
}
function readDigests(homes, { read, annotations, listFolder }) {
    const [first, ...others] = digestsIn(read('digests'), listFolder);
    return homes.map(repository => {
        if (repository === undefined)
            throw wrong('is given without repository', 'Give the repository that the builds pushed to.');
        return {
            kind: 'index',
            parts: [{ repository, digest: first }, ...others.map(digest => ({ repository, digest }))],
            order: 'platform',
            annotations
        };
    });
}

;// CONCATENATED MODULE: ./src/action/inputs/promotions.ts
/**
 * Reads the input `promotions`: several images, each with its own tags.
 *
 *     line    := source "->" targets       blank lines and lines that begin with # are ignored
 *     source  := image (" + " image)*      one image, or the parts of an index
 *     image   := a full reference
 *     targets := tags in the repository of the (first) image, or full references, separated by spaces or commas
 */







const EXAMPLE = 'ghcr.io/acme/app:sha-1 -> 1.4.0 latest';
/** Reads all lines; each mistake names its line. */
function readPromotions(text, inputs) {
    const lines = linesOf(text);
    return inputs.mistakes.attempt('promotions', () => promotions_checkAmount(lines))
        ? lines.flatMap(line => readPromotion(line, inputs) ?? [])
        : [];
}
function promotions_checkAmount(lines) {
    if (lines[0] && jsonList(lines[0].text))
        throw wrong('is a list in JSON', `Write a line for each image: ${EXAMPLE}. jq --raw-output '.[]' makes such lines.`);
    if (lines.length === 0)
        throw wrong('has no line', `Write lines such as ${EXAMPLE}.`);
    const count = lines.reduce((sum, { text }) => sum + splitList(text.replace(/^.*?->/, '')).length, 0);
    if (count <= promotion_request/* MAXIMUM_TARGETS */.UF)
        return true;
    throw wrong(`names ${count.toString()} tags`, `Give at most ${promotion_request/* MAXIMUM_TARGETS */.UF.toString()} in one step, of all images together.`);
}
function readPromotion({ number, text }, { registry, annotations, mistakes }) {
    const attempt = (work) => mistakes.attempt('promotions', () => inLine(number, work));
    const line = readLine(text, mistake => {
        attempt(() => {
            throw mistake;
        });
    });
    const parts = attempt(() => splitLine(line));
    if (parts === undefined)
        return undefined;
    const checkHost = hostCheck([...parts.source, ...parts.targets], registry);
    const read = (item, home) => {
        checkHost(item);
        return readImage(item, home);
    };
    const readParts = () => partsIn(parts.source).map(item => attempt(() => read(item)));
    const [first, ...others] = attempt(readParts) ?? [];
    const home = first?.repository ?? UNREADABLE;
    const targets = parts.targets.map(item => attempt(() => (0,oci_reference/* asTarget */.Qr)(read(item, home))));
    const rest = others.filter(part => part !== undefined);
    const source = first && attempt(() => sourceOf([first, ...rest], annotations));
    return source && { source, targets: targets.filter(target => target !== undefined), line: number };
}
function splitLine(text) {
    const shown = (0,printable/* printable */.g)(text);
    const [before = '', after, ...rest] = text.split('->');
    if (after === undefined)
        throw wrong(`"${shown}" has no arrow`, `Write the image, an arrow and its tags: ${EXAMPLE}.`);
    if (rest.length > 0)
        throw wrong(`"${shown}" has more than one arrow`, 'Write one image in each line.');
    const [source, targets] = [splitList(before), splitList(after)];
    if (source.length === 0)
        throw wrong(`"${shown}" has no source`, 'Write the image before the arrow.');
    if (targets.length === 0)
        throw wrong(`"${shown}" has no target`, 'Write the tags after the arrow.');
    return { source, targets };
}
/** Gives the images of a source: one, or several with a plus between each two. */
function partsIn(items) {
    const shown = `"${(0,printable/* printable */.g)(items.join(' '))}"`;
    const images = items.filter(item => item !== '+');
    for (const image of images)
        requireFull(image);
    const plusses = items.length - images.length;
    if (plusses === 0 && images.length > 1) {
        throw wrong(`${shown} names ${images.length.toString()} images`, 'Write one image in each line, or + between the parts of an index.');
    }
    if (items.every((item, index) => (item === '+') === (index % 2 === 1)) && items.length % 2 === 1)
        return images;
    throw wrong(`${shown} does not have one + between each two images`, 'Write the parts of an index as A + B.');
}
function requireFull(item) {
    if (/\+.*[/:@]/.test(item))
        throw wrong(`"${(0,printable/* printable */.g)(item)}" has no spaces around +`, 'Write the parts of an index as A + B.');
    if ((0,oci_reference/* isFullReference */.Ru)(item))
        return;
    throw wrong(`"${(0,printable/* printable */.g)(item)}" is not a full reference`, 'Write registry/repository:tag or registry/repository@sha256:… before the arrow.');
}

;// CONCATENATED MODULE: ./src/action/inputs/repositories.ts
/** Reads the inputs `repository` and `target`, and the source of each repository: the same is done for each. */









/** Reads the source and the targets of each repository. Without a repository, all names must be full references. */
function readRepositories(inputs) {
    const { read, registry, mistakes } = inputs;
    const itemsOf = (input) => [
        ...new Set(readList(read(input), mistake => {
            mistakes.add(input, mistake);
        }))
    ];
    const homes = readHomes(itemsOf('repository'), registry, mistakes);
    const sources = readSources(homes, inputs);
    const items = itemsOf('target');
    const checkHost = hostCheck(items, registry);
    const isAmountRight = mistakes.attempt('target', () => repositories_checkAmount(items.length, homes.length));
    // A mistake that all repositories have in common is reported once.
    const readTarget = (item) => {
        checkHost(item);
        return homes.map(home => (0,oci_reference/* asTarget */.Qr)(readImage(item, home)));
    };
    const targets = (isAmountRight ? items : []).flatMap(item => mistakes.attempt('target', () => [readTarget(item)]) ?? []);
    return (sources ?? []).map((source, index) => ({
        source,
        targets: targets.flatMap(perHome => perHome[index] ?? [])
    }));
}
function readHomes(names, registry, mistakes) {
    if (names.length === 0)
        return [undefined];
    const homes = names.map(name => mistakes.attempt('repository', () => readHome(name, registry ?? UNREADABLE.registry)) ?? UNREADABLE);
    const readable = (0,promotion_request/* distinctRepositories */.RC)(homes.filter(home => home !== UNREADABLE));
    return readable.length === 0 ? [UNREADABLE] : readable;
}
function readHome(name, registry) {
    const habit = hostHabit(name);
    if (habit)
        throw habit;
    const path = withoutHost(name, registry);
    const [, repository = path, tag] = /^(.*?)[@:](.*)$/s.exec(path) ?? [];
    if (name === repository)
        return (0,oci_reference/* parseRepository */.SU)(registry, name);
    const inSource = tag ? `, and ${(0,printable/* printable */.g)(tag)} in source` : '';
    if (path === name) {
        throw malformed(`"${(0,printable/* printable */.g)(name)}" holds a ${name.includes('@') ? 'digest' : 'tag'}`, `Write ${(0,printable/* printable */.g)(repository)} here${inSource}.`);
    }
    const host = name.slice(0, -path.length - 1);
    throw wrong(`"${(0,printable/* printable */.g)(name)}" holds a registry`, `Write ${(0,printable/* printable */.g)(repository)} here, ${(0,printable/* printable */.g)(host)} in registry${inSource}.`);
}
/** Removes a registry before the name of a repository. */
function withoutHost(name, registry) {
    const [first = '', ...rest] = name.split('/');
    const host = first.toLowerCase();
    const isHost = host.includes(':') || host === registry || (registry === registry_host/* dockerHub */.UD && host.includes('.'));
    return rest.length > 0 && isHost ? rest.join('/') : name;
}
function repositories_checkAmount(tags, repositories) {
    if (tags === 0) {
        throw wrong('names no tag', 'Give at least one; if docker/metadata-action made the list, it found no tag for this event.');
    }
    if (tags * repositories <= promotion_request/* MAXIMUM_TARGETS */.UF)
        return true;
    const where = repositories === 1 ? '' : ` in each of ${repositories.toString()} repositories`;
    throw wrong(`names ${tags.toString()} tags${where}`, `Give at most ${promotion_request/* MAXIMUM_TARGETS */.UF.toString()} in one step.`);
}

// EXTERNAL MODULE: ./src/promotion/pattern.ts
var pattern = __nccwpck_require__(135);
;// CONCATENATED MODULE: ./src/action/inputs/rotation-names.ts
/** Checks that the tags which keep-previous writes are free to be written. */






/** Finds mistakes: too many tags, names that are too long, tags that are also a target or the source of any image. */
function checkRotation(request, { lines, mistakes }) {
    const { promotions, keepPrevious } = request;
    const targets = promotions.flatMap(promotion => promotion.targets);
    const count = targets.reduce((sum, { tag }) => sum + 1 + ((0,pattern/* firstMatch */.o)(keepPrevious, tag) ?? 0), 0);
    mistakes.attempt('keep-previous', () => {
        if (count > promotion_request/* MAXIMUM_TARGETS */.UF)
            throw tooMany(count);
    });
    if (count > promotion_request/* MAXIMUM_TARGETS */.UF)
        return;
    const taken = {
        targets: new Set(targets.map(oci_reference/* formatReference */.FH)),
        sources: new Set(promotions.flatMap(({ source }) => (0,promotion_source/* referencesOf */.CL)(source)).map(oci_reference/* formatReference */.FH))
    };
    for (const target of targets) {
        mistakes.attempt('keep-previous', () => {
            inLine(lines.get((0,oci_reference/* formatReference */.FH)(target)), () => {
                for (const previous of (0,promotion_request/* previousTags */.Lf)(request, target))
                    requireFree(previous, taken);
            });
        });
    }
}
function requireFree(previous, { targets, sources }) {
    const name = (0,oci_reference/* formatReference */.FH)(previous);
    if (targets.has(name)) {
        throw wrong(`"${name}" is both a target and a keep-previous tag`, 'Remove one of the two.');
    }
    if (sources.has(name)) {
        throw wrong(`"${name}" is both the source and a keep-previous tag`, 'It would point to another image as soon as it is written. Name the source by its digest.');
    }
}
function tooMany(count) {
    return wrong(`makes ${count.toString()} tags of the targets`, `At most ${promotion_request/* MAXIMUM_TARGETS */.UF.toString()} can be written in one step.`);
}

// EXTERNAL MODULE: ./src/promotion/duration.ts
var duration = __nccwpck_require__(533);
// EXTERNAL MODULE: ./src/oci/platform.ts
var platform = __nccwpck_require__(890);
;// CONCATENATED MODULE: ./src/action/inputs/rules.ts
/** Reads the inputs that are one value for all tags, or lines `PATTERN=VALUE`. */



const COLON = {
    pattern: /(?<=^[^=]*?)\s*:\s*(?=[^=]*$)/g,
    replacement: '=',
    what: 'is written with a colon',
    advice: 'Write = between pattern and value, as in latest=forward.'
};
const ARROW = {
    pattern: /\s*[=-]>\s*/g,
    replacement: '=',
    what: 'is written with an arrow',
    advice: 'Write = between pattern and value, as in latest=forward.'
};
/** Reads the rules; what is wrong with them goes to `mistakes`. */
function readRules({ input, text, parse }, mistakes) {
    const lines = text.split('\n').map(closeUp).join('\n');
    const items = readList(lines, mistake => {
        mistakes.add(input, mistake);
    }, [ARROW, COLON]);
    const rules = items.map(item => mistakes.attempt(input, () => {
        const isForAll = items.length === 1 && !item.includes('=');
        const { pattern, value } = parseRule(isForAll ? `*=${item}` : item);
        return { pattern, value: parse(value) };
    }));
    return rules.filter(rule => rule !== undefined);
}
/** Removes the spaces around `=`, which do not separate items. */
function closeUp(line) {
    return line
        .split(/=(?!>)/)
        .map(part => part.trim())
        .join('=');
}
function parseRule(item) {
    const [pattern = '', value, ...rest] = item.split('=');
    if (value === undefined || rest.length > 0) {
        throw wrong(`"${(0,printable/* printable */.g)(item)}" is not of the form PATTERN=VALUE`, `Write one value for all tags, or only lines PATTERN=VALUE; *=${(0,printable/* printable */.g)(item)} is for all tags that no line before it matches.`);
    }
    if (!/^[\w.*?-]+$/.test(pattern)) {
        throw wrong(`no tag can match "${(0,printable/* printable */.g)(pattern)}"`, 'A pattern is of the tag alone, without registry and repository; * matches any characters, ? one.');
    }
    return { pattern, value };
}

;// CONCATENATED MODULE: ./src/action/inputs/options.ts
/** Reads the inputs that are options: what may be moved, what the source has to be, how the run is to go. */








// Nobody can write more tags in one step, the target itself among them.
const MAXIMUM_KEPT = promotion_request/* MAXIMUM_TARGETS */.UF - 1;
/** Reads all options; what is wrong with them goes to `mistakes`. */
function readOptions(read, mistakes) {
    const attempt = (input, parse) => mistakes.attempt(input, () => parse(read(input)));
    return {
        request: {
            requirements: readRequirements(read, mistakes),
            ifMissing: attempt('if-missing', parseIfMissing) ?? 'fail',
            ifExists: readPolicies(read('if-exists'), mistakes),
            keepPrevious: readRules({ input: 'keep-previous', text: read('keep-previous'), parse: parseCount }, mistakes),
            referrers: attempt('referrers', parseReferrers) ?? true
        },
        options: {
            dryRun: attempt('dry-run', parseDryRun) ?? true,
            onFailure: attempt('on-failure', parseOnFailure) ?? 'restore',
            waitForSource: attempt('wait-for-source', text => (0,duration/* parseDuration */.E)(text || '0')) ?? 0
        }
    };
}
/** Reads the requirements. One that is given and empty is a mistake: a guard never switches itself off. */
function readRequirements(read, mistakes) {
    const digest = mistakes.attempt('expect-digest', () => {
        const text = read('expect-digest');
        if (text === '')
            throw empty('any, if the source may have any digest');
        return text === 'any' ? undefined : (0,oci_digest/* parseDigest */.m)(text);
    });
    const items = readList(read('require-platforms'), mistake => {
        mistakes.add('require-platforms', mistake);
    });
    mistakes.attempt('require-platforms', () => {
        if (items.length === 0)
            throw empty('any, if the source may have any platforms');
    });
    const required = items.length === 1 && items[0] === 'any' ? [] : items;
    const platforms = required.map(text => mistakes.attempt('require-platforms', () => (0,platform/* parsePlatform */.FL)(text)));
    return { ...(digest && { digest }), platforms: platforms.filter(platform => platform !== undefined) };
}
function readPolicies(text, mistakes) {
    mistakes.attempt('if-exists', () => {
        if (splitList(text).length === 0)
            throw empty('move, if any tag may be moved');
    });
    return readRules({ input: 'if-exists', text, parse: parsePolicy }, mistakes);
}
function empty(instead) {
    return wrong('is empty', `${EMPTY_EXPRESSION} Write ${instead}.`);
}
function parsePolicy(word) {
    const policy = promotion_request/* policies */.R3.find(known => known === word);
    if (policy !== undefined)
        return policy;
    throw wrong(`"${(0,printable/* printable */.g)(word)}" is not one of ${promotion_request/* policies */.R3.join(', ')}`, 'Write one of these words.');
}
function parseCount(number) {
    if (/^[0-9]+$/.test(number) && Number(number) <= MAXIMUM_KEPT)
        return Number(number);
    throw wrong(`"${(0,printable/* printable */.g)(number)}" is not a number of images`, `Write a whole number from 0 to ${MAXIMUM_KEPT.toString()}, such as 3.`);
}
function parseIfMissing(word) {
    if (word === '' || word === 'fail')
        return 'fail';
    if (word === 'skip')
        return 'skip';
    throw wrong(`"${(0,printable/* printable */.g)(word)}" is neither fail nor skip`, 'Write one of these words.');
}
function parseOnFailure(word) {
    if (word === '' || word === 'restore')
        return 'restore';
    if (word === 'leave')
        return 'leave';
    throw wrong(`"${(0,printable/* printable */.g)(word)}" is neither restore nor leave`, 'Write one of these words.');
}
function parseReferrers(text) {
    return parseBoolean(text, 'Leave the input out for true.');
}
function parseDryRun(text) {
    return parseBoolean(text, 'Give the expression a default, as in ${{ inputs.dry-run || false }}.');
}
/** Reads a boolean as strictly as YAML's core schema does, and @actions/core with it: an empty one is a mistake, not a "no". */
function parseBoolean(text, adviceIfEmpty) {
    if (['true', 'True', 'TRUE'].includes(text))
        return true;
    if (['false', 'False', 'FALSE'].includes(text))
        return false;
    throw text === ''
        ? wrong('is empty, which is neither true nor false', adviceIfEmpty)
        : wrong(`"${(0,printable/* printable */.g)(text)}" is neither true nor false`, 'Write true or false.');
}

;// CONCATENATED MODULE: ./src/action/inputs/inputs.ts











const NO_ANNOTATION = 'annotations has no line for the index, so the index gets none: set DOCKER_METADATA_ANNOTATIONS_LEVELS: index in the env of docker/metadata-action.';
/** Reads all inputs; throws one `INPUT_INVALID` (or `REFERENCE_INVALID`, when it is about references alone) that lists every mistake. */
function readInputs(read, { mistakes = new Mistakes(), listFolder = () => ({ kind: 'missing' }) } = {}) {
    const registry = readRegistry(read('registry'), mistakes);
    const { annotations, isGiven } = readAnnotations(read('annotations'), mistakes);
    const { promotions, lines } = readImages({ read, registry, annotations, listFolder, mistakes });
    const login = mistakes.attempt('username', () => readLogin(read, registry));
    const insecure = readInsecure(read('insecure-registries'), mistakes);
    const given = readOptions(read, mistakes);
    const request = { promotions, ...given.request };
    mistakes.attempt('expect-digest', () => {
        requireOneImage(request);
    });
    mistakes.attempt('annotations', () => {
        if (isGiven)
            requireIndex(request);
    });
    checkRotation(request, { lines, mistakes });
    mistakes.throwAny();
    return {
        request,
        options: given.options,
        login,
        githubToken: read('github-token'),
        insecure,
        warnings: isGiven && Object.keys(annotations).length === 0 ? [NO_ANNOTATION] : []
    };
}
/** Reads the images and their tags: from `promotions`, or from `repository`, `source` or `digests`, and `target`. */
function readImages(inputs) {
    const { read, mistakes } = inputs;
    const text = read('promotions');
    const others = ['repository', 'source', 'digests', 'target'].filter(name => read(name) !== '');
    if (text === '')
        return combine(readRepositories(inputs), 'target', mistakes);
    mistakes.attempt('promotions', () => {
        if (others.length === 0)
            return;
        throw wrong(`cannot be combined with ${others.join(', ')}`, 'Give either promotions, or repository, source (or digests) and target.');
    });
    return combine(readPromotions(text, inputs), 'promotions', mistakes);
}
/** The annotations of an image that exists are part of it, and stay. */
function requireIndex({ promotions }) {
    if (promotions.length === 0 || promotions.some(({ source }) => source.kind === 'index'))
        return;
    throw wrong('are those of an index that is made here, and none is made', 'Remove them, or give the parts of an index in source or digests. An image that exists stays as it is.');
}
/** A digest is that of one image. */
function requireOneImage({ promotions, requirements }) {
    if (requirements.digest === undefined || promotions.length < 2)
        return;
    throw wrong(`is for one image, and there are ${promotions.length.toString()}`, 'Write the digest into each source: name:tag@sha256:….');
}
/** Reads the registry. Of a URL or a path the host is taken, beside the mistake, so that the rest can be checked. */
function readRegistry(text, mistakes) {
    return mistakes.attempt('registry', () => {
        const [host = '', ...path] = withoutScheme(text).split('/');
        const registry = (0,registry_host/* parseRegistry */.l5)(host || registry_host/* dockerHub */.UD);
        const mistake = path.length > 0 ? pathInHost(text, [registry, path.join('/')]) : hostHabit(text);
        if (mistake)
            mistakes.add('registry', mistake);
        return registry;
    });
}
function pathInHost(text, [host, path]) {
    return malformed(`"${(0,printable/* printable */.g)(text)}" holds more than a host`, `Write ${host} here, and ${(0,printable/* printable */.g)(path)} at the beginning of repository.`);
}
function readInsecure(text, mistakes) {
    const hosts = readList(text, mistake => {
        mistakes.add('insecure-registries', mistake);
    });
    const registries = hosts.map(host => mistakes.attempt('insecure-registries', () => parseInsecure(host)));
    return new Set(registries.filter(registry => registry !== undefined));
}
function parseInsecure(host) {
    if (/^(?:true|false|yes|no|on|off)$/i.test(host))
        throw wrong(`"${(0,printable/* printable */.g)(host)}" is not a host`, 'The input is a list: name the hosts, such as registry.internal:5000.');
    const habit = hostHabit(host);
    if (habit)
        throw habit;
    const registry = (0,registry_host/* parseRegistry */.l5)(host);
    if (!(0,registry_host/* isAlwaysTls */.bD)(registry))
        return registry;
    throw wrong(`names ${registry}, which speaks TLS`, 'Remove it: over plain HTTP, everyone on the way could read the login.');
}
function readLogin(read, registry) {
    const username = read('username');
    const password = read('password');
    if (username === '' && password === '')
        return undefined;
    if (username === '' || password === '') {
        throw wrong(username === '' ? 'is missing, and password is given' : 'is given without password', 'Give both, or none. A secret that is not set is empty.');
    }
    return registry && { registry, username, password };
}

;// CONCATENATED MODULE: ./src/action/begin.ts
/**
 * What is done before the rest of the action is loaded (docs/adr/0013-connect-while-loading.md): the inputs are read, and connections
 * to their registries opened. Every module that this one imports delays them.
 */







/** The most registries that are connected to early, the first of a run. */
const MAXIMUM_EARLY = 32;
/** Reads the inputs, and begins to connect to the registries that they name if nothing is wrong with them. Says nothing. */
function begin(env) {
    const mistakes = new Mistakes();
    const { read, secrets, unknown } = readEnvironment(env, mistakes);
    const early = new early_connections/* EarlyConnections */.jD(env);
    const inputs = attempt(() => readInputs(read, { mistakes, listFolder: listFolder }));
    for (const origin of inputs.value ? originsOf(inputs.value) : [])
        early.open(new URL(origin));
    return { secrets, unknown, inputs: inputs.get, early };
}
/** Returns the origins of the registries of a run, those of the sources first. */
function originsOf({ request: { promotions }, insecure }) {
    const images = [
        ...promotions.flatMap(({ source }) => (0,promotion_source/* referencesOf */.CL)(source)),
        ...promotions.flatMap(({ targets }) => targets)
    ];
    const origins = new Set(images.map(({ repository }) => (0,registry_host/* apiOrigin */.lG)(repository.registry, insecure)));
    return [...origins].slice(0, MAXIMUM_EARLY);
}
/** Does something now; `get` returns the result, or throws what it threw. */
function attempt(work) {
    try {
        const value = work();
        return { value, get: () => value };
    }
    catch (error) {
        return {
            get: () => {
                throw error;
            }
        };
    }
}


/***/ }),

/***/ 407:
/***/ ((module, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(module, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _action_begin_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(925);
/** Starts the action: the only module that does something when it is loaded. */

// How long the process may take to end by itself after the run is reported, in milliseconds.
const LAST_WORDS = 1000;
const beginning = (0,_action_begin_js__WEBPACK_IMPORTED_MODULE_0__/* .begin */ .q)(process.env);
// Loading the rest blocks the process, so the connections have to be under way.
await beginning.early.underWay();
const { main } = await Promise.all(/* import() | action */[__nccwpck_require__.e(872), __nccwpck_require__.e(957)]).then(__nccwpck_require__.bind(__nccwpck_require__, 958));
await main(beginning);
// What cannot be closed (a proxy or a name server that does not answer, a file that is a pipe) must not keep the step alive.
setTimeout(() => {
    // process.exit() waits for the threads that look up names and read files. A signal does not, but it fails the step.
    if (process.exitCode === undefined)
        process.exit();
    process.kill(process.pid, 'SIGTERM');
}, LAST_WORDS).unref();

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 825:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Bc: () => (/* binding */ isDigest),
/* harmony export */   VK: () => (/* binding */ shortDigest),
/* harmony export */   m: () => (/* binding */ parseDigest)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(630);
/* harmony import */ var _printable_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(362);
/** Content digests: parsing and shortening. Two digests are equal when `===` says so. */


const SHOWN_HEX = 12;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
/** Tells whether a text is a digest. */
function isDigest(text) {
    return DIGEST.test(text);
}
/** Reads a digest; throws `REFERENCE_INVALID` for anything else. */
function parseDigest(text) {
    if (isDigest(text))
        return text;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g1('REFERENCE_INVALID', `"${(0,_printable_js__WEBPACK_IMPORTED_MODULE_1__/* .printable */ .g)(text)}" is not a digest`, {
        advice: 'A digest is sha256: and 64 hexadecimal digits in lower case (or sha512: and 128).'
    });
}
/** Shortens a digest to its algorithm and twelve hexadecimal digits, for people to read. */
function shortDigest(digest) {
    return digest.slice(0, digest.indexOf(':') + 1 + SHOWN_HEX);
}


/***/ }),

/***/ 630:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Pd: () => (/* binding */ isUnavailable),
/* harmony export */   g1: () => (/* binding */ PromotionError),
/* harmony export */   iW: () => (/* binding */ during)
/* harmony export */ });
/* unused harmony export errorCodes */
/** The one error class of Retag, with its closed list of codes. */
/** Every code an error can bear; docs/troubleshooting.md has one heading for each. */
const errorCodes = (/* unused pure expression or super */ null && ([
    'INPUT_INVALID',
    'REFERENCE_INVALID',
    'SOURCE_NOT_FOUND',
    'MANIFEST_UNSUPPORTED',
    'PLATFORM_MISSING',
    'DIGEST_MISMATCH',
    'TARGET_PROTECTED',
    'CREDENTIALS_UNREADABLE',
    'UNAUTHORIZED',
    'DENIED',
    'REGISTRY_REJECTED',
    'REGISTRY_UNAVAILABLE',
    'TIMED_OUT',
    'CANCELLED'
]));
/** An error that ends a promotion: what was tried, what the registry said, and what to do. */
class PromotionError extends Error {
    name = 'PromotionError';
    code;
    advice;
    isContentMissing;
    constructor(code, message, details = {}) {
        super(message, { cause: details.cause });
        this.code = code;
        this.advice = details.advice;
        this.isContentMissing = details.isContentMissing ?? false;
    }
}
/** Wraps an error once more, putting what was being done before its message; code and advice stay. */
function during(doing, error) {
    if (!(error instanceof PromotionError))
        return error;
    return new PromotionError(error.code, `${doing}: ${error.message}`, {
        advice: error.advice,
        isContentMissing: error.isContentMissing,
        cause: error
    });
}
/** Tells whether a later attempt may succeed: there was no answer, or the registry is unavailable for now. */
function isUnavailable(error) {
    return error instanceof PromotionError && ['REGISTRY_UNAVAILABLE', 'TIMED_OUT'].includes(error.code);
}


/***/ }),

/***/ 691:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Gv: () => (/* binding */ isObject),
/* harmony export */   ap: () => (/* binding */ endOfString),
/* harmony export */   qF: () => (/* binding */ parseJson)
/* harmony export */ });
/** JSON from elsewhere: parsed within bounds, for a small text can need much memory. */
// Of lists and objects: recursive code must not overflow the stack.
const MAXIMUM_DEPTH = 64;
// Each value takes some 64 bytes once it is parsed: 4 MiB of `[],[],…` would take 90 MiB.
const MAXIMUM_VALUES = 250_000;
/** Tells whether a value is an object, and no list. */
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/**
 * Parses JSON. Throws `SyntaxError` for what is no JSON, is nested more than 64 levels deep, or holds more than 250,000 values
 * (counted by its brackets, braces and commas). Bytes that are no UTF-8 are replaced.
 */
function parseJson(json) {
    const text = typeof json === 'string' ? json : new TextDecoder().decode(json);
    if (isExcessive(text))
        throw new SyntaxError('JSON with too many levels or values');
    return JSON.parse(text);
}
/** Finds what comes after the string that begins here. */
function endOfString(json, start) {
    let at = start + 1;
    while (at < json.length && json[at] !== '"')
        at += json[at] === '\\' ? 2 : 1;
    return at + 1;
}
function isExcessive(json) {
    let depth = 0;
    let values = 1;
    for (let at = 0; at < json.length; at++) {
        const char = json.charAt(at);
        if ('{['.includes(char))
            depth++;
        else if ('}]'.includes(char))
            depth--;
        else if (char === '"')
            at = endOfString(json, at) - 1;
        if ('{[,'.includes(char))
            values++;
        if (depth > MAXIMUM_DEPTH || values > MAXIMUM_VALUES)
            return true;
    }
    return false;
}


/***/ }),

/***/ 113:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   r: () => (/* binding */ listFirst)
/* harmony export */ });
/** Lists in messages: bounded, for what is listed may be thousands. */
/** Joins the first so many names, and says how many more there are. */
function listFirst(names, most, separator = ', ') {
    const more = names.length - most;
    const listed = names.slice(0, most).join(separator);
    return more > 0 ? `${listed} and ${more.toString()} more` : listed;
}


/***/ }),

/***/ 890:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $r: () => (/* binding */ platformName),
/* harmony export */   Bq: () => (/* binding */ formatPlatform),
/* harmony export */   FL: () => (/* binding */ parsePlatform),
/* harmony export */   Kd: () => (/* binding */ readPlatform),
/* harmony export */   Ng: () => (/* binding */ platformKey),
/* harmony export */   Rd: () => (/* binding */ listPlatforms),
/* harmony export */   z3: () => (/* binding */ missingPlatforms)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(630);
/* harmony import */ var _json_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(691);
/* harmony import */ var _listing_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(113);
/* harmony import */ var _printable_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(362);
/** Platforms, `os/architecture[/variant]`: reading, comparing, and which of those required an image lacks. */




const PLATFORM = /^[a-z0-9_.-]+(?:\/[a-z0-9_.-]+){1,2}$/;
// The variant that an architecture has when none is named (image specification, *Variants*; containerd does the same).
const usualVariants = new Map([
    ['arm64', 'v8'],
    ['arm', 'v7'],
    ['amd64', 'v1']
]);
/**
 * Reads what a config or a descriptor states of its platform; undefined where that is nothing, or `unknown`, as attestations say.
 * An optional field that is empty or of the wrong type counts as not stated.
 */
function readPlatform(value) {
    if (!(0,_json_js__WEBPACK_IMPORTED_MODULE_1__/* .isObject */ .Gv)(value))
        return undefined;
    const { os, architecture, variant, 'os.version': version, 'os.features': features } = value;
    if (!isText(os) || !isText(architecture) || os === 'unknown')
        return undefined;
    return {
        architecture,
        os,
        ...(isText(version) && { 'os.version': version }),
        ...(Array.isArray(features) && features.length > 0 && features.every(isText)
            ? { 'os.features': features }
            : {}),
        ...(isText(variant) && { variant })
    };
}
/** Prints what an index or a config states of a platform, as `os/architecture[/variant]`; undefined when that is nothing. */
function formatPlatform(value) {
    const platform = readPlatform(value);
    return platform && platformName(platform);
}
/** Prints a platform as `os/architecture[/variant]`. */
function platformName({ os, architecture, variant }) {
    return (0,_printable_js__WEBPACK_IMPORTED_MODULE_2__/* .printable */ .g)([os, architecture, ...(variant === undefined ? [] : [variant])].join('/'));
}
/** Gives a text that is the same for platforms which are one: letter case, a usual variant and the order of features do not count. */
function platformKey(platform) {
    const { 'os.version': version = '', 'os.features': features = [] } = platform;
    const [os, architecture] = [platform.os.toLowerCase(), platform.architecture.toLowerCase()];
    const variant = platform.variant?.toLowerCase() ?? usualVariants.get(architecture) ?? '';
    return JSON.stringify([os, architecture, variant, version, [...features].sort()]);
}
/** Reads a platform in any letter case; throws `INPUT_INVALID`. */
function parsePlatform(text) {
    const platform = text.toLowerCase();
    if (PLATFORM.test(platform))
        return platform;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g1('INPUT_INVALID', `"${(0,_printable_js__WEBPACK_IMPORTED_MODULE_2__/* .printable */ .g)(text)}" is not a platform`, {
        advice: 'Write operating system and architecture, as in linux/amd64 or linux/arm/v6.'
    });
}
/** The most platforms that a message lists. */
const MAXIMUM_LISTED = 20;
/** Lists platforms in a message: the first twenty, and how many more there are, for an index may name thousands. */
function listPlatforms(platforms) {
    return (0,_listing_js__WEBPACK_IMPORTED_MODULE_3__/* .listFirst */ .r)(platforms, MAXIMUM_LISTED);
}
/** Lists the required platforms that are not among the present ones; `arm64` and `arm64/v8` are one, and so on. */
function missingPlatforms(required, present) {
    const known = new Set(present.map(withVariant));
    return required.filter(platform => !known.has(withVariant(platform)));
}
function withVariant(platform) {
    const architecture = platform.slice(platform.indexOf('/') + 1);
    return architecture.includes('/') ? platform : `${platform}/${usualVariants.get(architecture) ?? ''}`;
}
function isText(value) {
    return typeof value === 'string' && value !== '';
}


/***/ }),

/***/ 362:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ printable)
/* harmony export */ });
/** Makes text that came from elsewhere safe to print: one line, bounded, and no command to the runner. */
const MAXIMUM_LENGTH = 300;
// Controls, line and paragraph separators, and the invisible marks that reorder or hide text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu;
/**
 * Turns untrusted text into one printable line of at most 300 characters.
 * `##[` is broken up, because the runner obeys it anywhere in a line; `::` it obeys only at the start of one.
 */
function printable(text) {
    const line = text.replace(UNPRINTABLE, ' ').trim().replaceAll('##[', '# #[').replace(/^::/, ': :');
    if (line.length <= MAXIMUM_LENGTH)
        return line;
    // Cut before the blank or the half character that the cut would leave at the end.
    return `${line.slice(0, MAXIMUM_LENGTH - 1).replace(/[\s\p{Cs}]$/u, '')}…`;
}


/***/ }),

/***/ 148:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   ED: () => (/* binding */ parseTag),
/* harmony export */   F2: () => (/* binding */ parseReference),
/* harmony export */   FH: () => (/* binding */ formatReference),
/* harmony export */   Qr: () => (/* binding */ asTarget),
/* harmony export */   Ru: () => (/* binding */ isFullReference),
/* harmony export */   SU: () => (/* binding */ parseRepository),
/* harmony export */   Sh: () => (/* binding */ formatRepository),
/* harmony export */   an: () => (/* binding */ canMount),
/* harmony export */   dz: () => (/* binding */ isTag),
/* harmony export */   ve: () => (/* binding */ isSameRepository),
/* harmony export */   zZ: () => (/* binding */ parseImage)
/* harmony export */ });
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(825);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(630);
/* harmony import */ var _printable_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(362);
/* harmony import */ var _registry_host_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(417);
/**
 * References to images, as Docker writes them (github.com/distribution/reference):
 *
 *     reference := name [":" tag] ["@" digest]          at least one of the two
 *     name      := [registry "/"] path
 *     path      := component ("/" component)*
 *     component := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *     tag       := [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 *
 *     acme/app:1            docker.io / acme/app     : 1
 *     app:1                 docker.io / library/app  : 1
 *     ghcr.io/acme/app:1    ghcr.io   / acme/app     : 1
 *     localhost:5000/app@…  localhost:5000 / app     @ sha256:…
 *     ghcr.io/acme/app:1@…  the digest decides, the tag is remembered
 *
 * The first part is a registry when it holds a `.` or a `:`, or is `localhost`.
 */




const PATH = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const MAXIMUM_NAME_LENGTH = 255;
const DIGEST_ALGORITHM = /^sha(?:256|512):/i;
/** Tells whether a text is a tag. */
function isTag(text) {
    return TAG.test(text);
}
/** Reads a tag; throws `REFERENCE_INVALID`. */
function parseTag(text) {
    if (isTag(text))
        return text;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .PromotionError */ .g1('REFERENCE_INVALID', `"${(0,_printable_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g)(text)}" is not a tag`, {
        advice: 'A tag has at most 128 letters, digits, "_", "." and "-", and begins with none of the last two.'
    });
}
/** Reads a repository's name within a registry, in any letter case; throws `REFERENCE_INVALID`. */
function parseRepository(registry, text) {
    const path = (0,_registry_host_js__WEBPACK_IMPORTED_MODULE_2__/* .lowered */ .DM)(text);
    const name = registry === _registry_host_js__WEBPACK_IMPORTED_MODULE_2__/* .dockerHub */ .UD && !path.includes('/') ? `library/${path}` : path;
    if (PATH.test(name) && name.length <= MAXIMUM_NAME_LENGTH)
        return { registry, name };
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .PromotionError */ .g1('REFERENCE_INVALID', `"${(0,_printable_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g)(text)}" is not a repository`, {
        advice: `A repository is written as acme/app: letters, digits and single ".", "_", "-" between them, at most ${MAXIMUM_NAME_LENGTH} characters.`
    });
}
/** Tells whether a text is a full reference rather than a bare tag or digest (contract: *Inputs*). */
function isFullReference(text) {
    return /[/@:]/.test(text) && !isBareDigest(text);
}
/** Reads a full reference; throws `REFERENCE_INVALID`. */
function parseReference(text) {
    const [named, digest, ...rest] = text.split('@');
    const colon = named.lastIndexOf(':');
    const tagged = colon > named.lastIndexOf('/');
    if (rest.length > 0 || (digest === undefined && !tagged)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .PromotionError */ .g1('REFERENCE_INVALID', `"${(0,_printable_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g)(text)}" does not say which image: it has no tag and no digest`, {
            advice: 'Add :TAG or @sha256:… to it; Retag never assumes "latest".'
        });
    }
    return {
        repository: parseName(tagged ? named.slice(0, colon) : named),
        ...(tagged ? { tag: parseTag(named.slice(colon + 1)) } : {}),
        ...(digest === undefined ? {} : { digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m)(digest) })
    };
}
/** Reads a bare tag or digest in a repository, or a full reference; throws `REFERENCE_INVALID`. */
function parseImage(text, home) {
    if (isFullReference(text))
        return parseReference(text);
    return isBareDigest(text)
        ? { repository: home, digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m)(text) }
        : { repository: home, tag: parseTag(text) };
}
/** Makes a target of a reference; throws `REFERENCE_INVALID` where it does not end in a tag. */
function asTarget(reference) {
    const { repository, tag, digest } = reference;
    if (tag !== undefined && digest === undefined)
        return { repository, tag };
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .PromotionError */ .g1('REFERENCE_INVALID', `the target "${formatReference(reference)}" does not end in a tag`, {
        advice: 'A digest cannot be given to an image; name the tag that it is to get.'
    });
}
/** Prints a repository as `registry/name`. */
function formatRepository(repository) {
    return `${repository.registry}/${repository.name}`;
}
/** Prints a reference or target in full; {@link parseReference} reads it back. */
function formatReference({ repository, tag, digest }) {
    return (formatRepository(repository) +
        (tag === undefined ? '' : `:${tag}`) +
        (digest === undefined ? '' : `@${digest}`));
}
/** Tells whether two repositories are the same. */
function isSameRepository(one, other) {
    return one.registry === other.registry && one.name === other.name;
}
/** Tells whether a registry can take blobs over from one repository to the other without their being sent. */
function canMount({ from, to }) {
    return from.registry === to.registry && !isSameRepository(from, to);
}
function isBareDigest(text) {
    return DIGEST_ALGORITHM.test(text) && !/[/@]/.test(text);
}
function parseName(name) {
    const slash = name.indexOf('/');
    const first = name.slice(0, Math.max(slash, 0));
    if (/[.:]/.test(first) || first === 'localhost')
        return parseRepository((0,_registry_host_js__WEBPACK_IMPORTED_MODULE_2__/* .parseRegistry */ .l5)(first), name.slice(slash + 1));
    if (first !== first.toLowerCase()) {
        // Docker takes an upper-case first part for a host; people mean the owner, on a registry they forgot to write.
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .PromotionError */ .g1('REFERENCE_INVALID', `"${(0,_printable_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g)(name)}" does not say which registry it is in`, {
            advice: `Write the registry before it (docker.io/${(0,_printable_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g)(name.toLowerCase())}, ghcr.io/…).`
        });
    }
    return parseRepository(_registry_host_js__WEBPACK_IMPORTED_MODULE_2__/* .dockerHub */ .UD, name);
}


/***/ }),

/***/ 417:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   DM: () => (/* binding */ lowered),
/* harmony export */   FN: () => (/* binding */ serverOf),
/* harmony export */   U9: () => (/* binding */ isLoopback),
/* harmony export */   UD: () => (/* binding */ dockerHub),
/* harmony export */   bD: () => (/* binding */ isAlwaysTls),
/* harmony export */   i7: () => (/* binding */ canonicalRegistry),
/* harmony export */   l5: () => (/* binding */ parseRegistry),
/* harmony export */   lG: () => (/* binding */ apiOrigin)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(630);
/* harmony import */ var _printable_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(362);
/** Registry hosts: the grammar, Docker Hub's several names, and where each registry's API is. */


/** Docker Hub by its canonical name. */
const dockerHub = 'docker.io';
const dockerHubNames = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
// Docker has kept Docker Hub's login under this name since its first registry.
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/';
// host := label ("." label)* | "[" IPv6 "]"      registry := host [":" port]
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const REGISTRY = new RegExp(`^(${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:]+(?:\\.[0-9.]+)?\\])(?::([0-9]{1,5}))?$`);
const PUBLIC = new RegExp(`^(?:docker\\.io|ghcr\\.io|quay\\.io|(?:.+\\.)?gcr\\.io|.+\\.pkg\\.dev|public\\.ecr\\.aws|.+\\.azurecr\\.(?:io|cn|us)|registry\\.gitlab\\.com|` +
    `[0-9]{12}\\.dkr\\.ecr(?:-fips)?\\..+\\.amazonaws\\.com(?:\\.cn)?|[0-9]{12}\\.dkr-ecr(?:-fips)?\\..+\\.on\\.aws)$`);
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;
/** Lowers the letters of ASCII alone: other alphabets have letters that become Latin ones, such as the Kelvin sign. */
function lowered(text) {
    return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}
/** Reads a registry host in any letter case; throws `REFERENCE_INVALID`. */
function parseRegistry(text) {
    const host = lowered(text);
    if (!REGISTRY.test(host) || !isPlain(host)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g1('REFERENCE_INVALID', `"${(0,_printable_js__WEBPACK_IMPORTED_MODULE_1__/* .printable */ .g)(text)}" is not a registry host`, {
            advice: 'Write the host alone, with :port where there is one, such as ghcr.io, registry.example.com:5000 or [::1]:5000; an ' +
                'address in its usual form.'
        });
    }
    return canonicalRegistry(host);
}
/**
 * Tells whether an address holds a host as it is written. It reads `127.1` as 127.0.0.1 and port 0443 as 443: what is compared,
 * looked up and shown would be another host than the one that is asked.
 */
function isPlain(host) {
    if (!URL.canParse(`https://${host}`))
        return false;
    const url = new URL(`https://${host}`);
    return url.port !== '0' && [url.host, `${url.host}:443`].includes(host);
}
/** Gives the canonical name of a host that is not checked against the grammar: lower case, and one for Docker Hub. */
function canonicalRegistry(host) {
    const name = host.toLowerCase();
    return (dockerHubNames.includes(name) ? dockerHub : name);
}
/** Gives the name under which Docker keeps a registry's login, and by which credential helpers know it. */
function serverOf(registry) {
    return registry === dockerHub ? DOCKER_HUB_SERVER : registry;
}
/** Tells whether a registry runs on this machine (`localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`), whatever its port. */
function isLoopback(registry) {
    return LOOPBACK.test(registry.replace(/:[0-9]+$/, ''));
}
/** Tells whether a registry is a public one that always speaks TLS: plain HTTP to it would show a login to the whole network. */
function isAlwaysTls(registry) {
    return PUBLIC.test(registry.replace(/:[0-9]+$/, ''));
}
/**
 * Gives the origin of a registry's API: Docker Hub's is on a host of its own; loopback and the registries listed as
 * insecure are spoken to over plain HTTP, all others over HTTPS.
 */
function apiOrigin(registry, insecure) {
    if (registry === dockerHub)
        return 'https://registry-1.docker.io';
    return `${isLoopback(registry) || insecure.has(registry) ? 'http' : 'https'}://${registry}`;
}


/***/ }),

/***/ 533:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ parseDuration),
/* harmony export */   a: () => (/* binding */ formatDuration)
/* harmony export */ });
/* harmony import */ var _oci_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(630);
/* harmony import */ var _oci_printable_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(362);
/** Durations, in milliseconds, as people write and read them: `90s`, `10m`, `1h`. */


const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
// Jobs end after six hours on GitHub's runners, after five days on self-hosted ones.
const MAXIMUM = 5 * 24 * HOUR;
/** Reads a duration; a bare number is seconds. Throws `INPUT_INVALID`. */
function parseDuration(text) {
    const [, number = '', unit] = /^([0-9]{1,9})\s?([smh])?$/.exec(text) ?? [];
    const duration = Number(number) * (unit === 'h' ? HOUR : unit === 'm' ? MINUTE : SECOND);
    if (number !== '' && duration <= MAXIMUM)
        return duration;
    throw new _oci_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g1('INPUT_INVALID', `"${(0,_oci_printable_js__WEBPACK_IMPORTED_MODULE_1__/* .printable */ .g)(text)}" is not a duration`, {
        advice: 'Write a whole number with s, m or h, as in 90s, 10m or 1h; at most 120h.'
    });
}
/** Prints a duration in its largest units: `1 h 30 min`, `45 s`. */
function formatDuration(duration) {
    const seconds = Math.ceil(duration / 1000);
    const parts = [
        [Math.floor(seconds / 3600), 'h'],
        [Math.floor(seconds / 60) % 60, 'min'],
        [seconds % 60, 's']
    ];
    const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count.toString()} ${unit}`);
    return shown.join(' ') || '0 s';
}


/***/ }),

/***/ 135:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   o: () => (/* binding */ firstMatch)
/* harmony export */ });
/* unused harmony export matches */
/** Finds the value of the first rule whose pattern matches a tag; undefined when there is none. */
function firstMatch(rules, tag) {
    return rules.find(({ pattern }) => matches(pattern, tag))?.value;
}
/**
 * Tells whether a pattern matches the whole of a text: `*` matches any number of characters, `?` one.
 * A mismatch goes back to the last `*` alone, so that no pattern takes more steps than its length times the text's.
 */
function matches(pattern, text) {
    let [at, position] = [0, 0];
    let [star, resumed] = [-1, 0];
    while (position < text.length) {
        if (pattern[at] === '*') {
            star = at++;
            resumed = position;
        }
        else if (pattern[at] === '?' || pattern[at] === text[position]) {
            at++;
            position++;
        }
        else if (star !== -1) {
            at = star + 1;
            position = ++resumed;
        }
        else
            return false;
    }
    return /^\**$/.test(pattern.slice(at));
}


/***/ }),

/***/ 548:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Fg: () => (/* binding */ tagsOf),
/* harmony export */   KV: () => (/* binding */ policyFor),
/* harmony export */   Lf: () => (/* binding */ previousTags),
/* harmony export */   PO: () => (/* binding */ distinctImages),
/* harmony export */   R3: () => (/* binding */ policies),
/* harmony export */   RC: () => (/* binding */ distinctRepositories),
/* harmony export */   UF: () => (/* binding */ MAXIMUM_TARGETS),
/* harmony export */   W8: () => (/* binding */ previousTag)
/* harmony export */ });
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(148);
/* harmony import */ var _pattern_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(135);


/** The most tags of one run, those that keep earlier images among them. */
const MAXIMUM_TARGETS = 1000;
/** What can be done with a tag that points to another image (input `if-exists`). */
const policies = ['move', 'skip', 'fail', 'forward'];
/** Gives the policy for a target. */
function policyFor({ ifExists }, { tag }) {
    return (0,_pattern_js__WEBPACK_IMPORTED_MODULE_1__/* .firstMatch */ .o)(ifExists, tag) ?? 'move';
}
/** Names a tag of a rotation: TAG-1 is the newest. Throws `REFERENCE_INVALID` when the name is too long. */
function previousTag({ repository, tag }, number) {
    return { repository, tag: (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .parseTag */ .ED)(`${tag}-${number.toString()}`) };
}
/** Lists the tags a target leaves its earlier images to when it moves: TAG-1, TAG-2 and so on. */
function previousTags({ keepPrevious }, target) {
    const count = (0,_pattern_js__WEBPACK_IMPORTED_MODULE_1__/* .firstMatch */ .o)(keepPrevious, target.tag) ?? 0;
    return Array.from({ length: count }, (_, older) => previousTag(target, older + 1));
}
/** Lists every tag that a request may write: each target, followed by its {@link previousTags}. */
function tagsOf(request) {
    return request.promotions.flatMap(({ targets }) => targets.flatMap(target => [target, ...previousTags(request, target)]));
}
/** Keeps the first of each image. */
function distinctImages(images) {
    return [...new Map(images.map(image => [(0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .formatReference */ .FH)(image), image])).values()];
}
/** Keeps the first of each repository. */
function distinctRepositories(repositories) {
    return [...new Map(repositories.map(repository => [(0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .formatRepository */ .Sh)(repository), repository])).values()];
}


/***/ }),

/***/ 448:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   CL: () => (/* binding */ referencesOf),
/* harmony export */   UO: () => (/* binding */ isWithin),
/* harmony export */   _w: () => (/* binding */ MAXIMUM_PARTS),
/* harmony export */   j2: () => (/* binding */ formatSource),
/* harmony export */   lt: () => (/* binding */ homeOf)
/* harmony export */ });
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(148);
/** The source of a promotion: an image, or an index that is made of several. */

/** The most parts of an index that is made here. */
const MAXIMUM_PARTS = 100;
/** Lists the images that have to be read for a source: itself, or the parts of the index. */
function referencesOf(source) {
    return source.kind === 'image' ? [source.reference] : source.parts;
}
/** Names a source: by its full reference, an index by those of its parts, joined by ` + `. */
function formatSource(source) {
    return referencesOf(source).map(_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .formatReference */ .FH).join(' + ');
}
/** Gives the repository of an image, or that of an index's first part. */
function homeOf(source) {
    return referencesOf(source)[0].repository;
}
/** Tells whether all that a source is made of is in one repository. */
function isWithin(source, repository) {
    return referencesOf(source).every(reference => (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .isSameRepository */ .ve)(reference.repository, repository));
}


/***/ }),

/***/ 551:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  tb: () => (/* binding */ Addresses)
});

// UNUSED EXPORTS: reaches, vetAddress

;// CONCATENATED MODULE: external "node:dns"
const external_node_dns_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dns");
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __nccwpck_require__(30);
// EXTERNAL MODULE: ./src/oci/errors.ts
var errors = __nccwpck_require__(630);
// EXTERNAL MODULE: ./src/registry/http/local-host.ts
var local_host = __nccwpck_require__(34);
// EXTERNAL MODULE: ./src/registry/http/message.ts
var message = __nccwpck_require__(311);
;// CONCATENATED MODULE: ./src/registry/http/addresses.ts
/**
 * Which addresses connections may go to, checked where a name is looked up, so that the address checked is the one used:
 *
 *     link-local, a cloud's metadata service                        never
 *     the registry itself                                           any other
 *     a host that the registry names (token server, upload,         this machine: if the registry is on it too
 *       redirect)                                                    a private network: if the registry is in one, or on this
 *                                                                    machine
 *                                                                    public: always
 *
 * A proxy looks names up itself: behind one, only addresses in URLs are checked.
 */





/** How near to the runner an address is; the farthest first. */
const reaches = ['public', 'private', 'loopback'];
const LOOPBACK = /^(?:(?:::ffff:)?(?:127\.|0\.0\.0\.0$)|::1?$)/;
/** Tells how near an address is. Throws `REGISTRY_REJECTED` if it is never connected to, or is nearer than `limit`. */
function vetAddress(address, limit, hostname) {
    if ((0,local_host/* isMetadataHost */.S)(address))
        throw refused(hostname, address, 'which is link-local or the metadata service of a cloud');
    const reach = LOOPBACK.test(address) ? 'loopback' : (0,local_host/* isLocalHost */.m)(address) ? 'private' : 'public';
    if (reaches.indexOf(reach) <= reaches.indexOf(limit))
        return reach;
    const where = reach === 'loopback' ? 'this machine' : 'in a private network';
    throw refused(hostname, address, `which is ${where}; the registry that names this host is not`);
}
/** Looks names up, and remembers how near their addresses are. */
class Addresses {
    #lookup;
    #known = new Map();
    /** `resolve` looks a name up; by default, this machine does. */
    constructor(resolve = external_node_dns_namespaceObject.lookup) {
        this.#lookup = resolve;
    }
    /** Returns how near the host of a URL may be if another host names it; unknown hosts count as public. */
    limitFor({ hostname }, namedBy) {
        if (namedBy === undefined || namedBy.hostname === hostname)
            return 'loopback';
        return this.#known.get(namedBy.hostname) ?? 'public';
    }
    /** Checks a host that is an address. Throws `REGISTRY_REJECTED`. */
    vetHost(hostname, limit) {
        const host = (0,message/* withoutBrackets */.o4)(hostname);
        if ((0,external_node_net_.isIP)(host) !== 0)
            this.#known.set(hostname, vetAddress(host, limit, hostname));
    }
    /** Creates a lookup that fails with a `PromotionError` for addresses that must not be connected to. */
    lookupWithin(limit) {
        return (hostname, options, callback) => {
            this.#lookup(hostname, { ...options, all: true }, (error, found) => {
                if (error) {
                    callback(error, []);
                    return;
                }
                try {
                    const addresses = found;
                    const near = addresses.map(({ address }) => vetAddress(address, limit, hostname));
                    const farthest = reaches.find(reach => near.includes(reach));
                    if (farthest)
                        this.#known.set(hostname, farthest);
                    const [first] = addresses;
                    if (options.all === true)
                        callback(null, addresses);
                    else
                        callback(null, first?.address ?? '', first?.family);
                }
                catch (refusal) {
                    callback(refusal, []);
                }
            });
        };
    }
}
function refused(hostname, address, why) {
    const what = (0,message/* withoutBrackets */.o4)(hostname) === address ? address : `${hostname} is at ${address}`;
    return new errors/* PromotionError */.g1('REGISTRY_REJECTED', `${what}, ${why}`, {
        advice: 'Retag sends nothing there. Check that the registry is the one you mean, and what the name resolves to on the runner.'
    });
}


/***/ }),

/***/ 251:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Ng: () => (/* binding */ isUsable),
/* harmony export */   ci: () => (/* binding */ addressOf),
/* harmony export */   jD: () => (/* binding */ EarlyConnections)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(30);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__nccwpck_require__.n(node_net__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _addresses_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(551);
/* harmony import */ var _message_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(311);
/* harmony import */ var _proxy_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(304);
/**
 * Connections to the registries of a run, opened while the rest of the action is being loaded. Nothing is sent over them: a request
 * takes them over, and sets up TLS.
 */




// As Node's agents do.
const KEEP_ALIVE_DELAY = 1_000;
/** How long to wait for a name to be looked up, in milliseconds: about as long as it takes if the answer is cached nearby. */
const LOOKUP = 10;
/** Opens a connection to each origin, and hands it over. */
class EarlyConnections {
    /** Where connections may go; shared with the requests that take them over. */
    addresses;
    #env;
    #opened = new Map();
    #waiting = new Set();
    #lookups = [];
    constructor(env, addresses = new _addresses_js__WEBPACK_IMPORTED_MODULE_1__/* .Addresses */ .tb()) {
        this.#env = env;
        this.addresses = addresses;
    }
    /** Opens a connection to an origin, unless requests to it go through a proxy or are refused. What fails is dropped silently. */
    open(origin) {
        const address = addressOf(origin);
        if (this.#opened.has(keyOf(address)) || !this.#isDirect(origin))
            return;
        const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.connect)({
            ...address,
            lookup: this.#lookup,
            noDelay: true,
            keepAlive: true,
            keepAliveInitialDelay: KEEP_ALIVE_DELAY
        });
        socket.on('error', ignore);
        this.#opened.set(keyOf(address), socket);
        this.#waiting.add(keyOf(address));
    }
    /** Hands over the connection to an origin, once; undefined if there is none that can be used. It may not be established yet. */
    take(origin) {
        const key = keyOf(addressOf(origin));
        const socket = this.#waiting.delete(key) ? this.#opened.get(key) : undefined;
        return socket && isUsable(socket) ? socket : undefined;
    }
    /** Resolves when Node is connecting everywhere, which it begins in another turn; it may take 10 ms if a name has to be looked up. */
    async underWay() {
        await new Promise(setImmediate);
        await Promise.race([Promise.all(this.#lookups), new Promise(resolve => setTimeout(resolve, LOOKUP))]);
    }
    /** Breaks all connections. */
    close() {
        for (const socket of this.#opened.values())
            socket.destroy();
    }
    /** Looks a name up; Node connects as soon as it is called back. */
    #lookup = (hostname, options, callback) => {
        const find = this.addresses.lookupWithin('loopback');
        const lookup = new Promise(resolve => {
            find(hostname, options, (...found) => {
                callback(...found);
                resolve();
            });
        });
        this.#lookups.push(lookup);
    };
    #isDirect(origin) {
        try {
            this.addresses.vetHost(origin.hostname, 'loopback');
            return (0,_proxy_js__WEBPACK_IMPORTED_MODULE_2__/* .proxyFor */ .i)(origin, this.#env) === undefined;
        }
        catch {
            // The request will say what is wrong.
            return false;
        }
    }
}
/** Tells whether a connection that nothing was sent over can be used: the server may have timed it out, with or without a 408. */
function isUsable(socket) {
    return socket.writable && socket.readableLength === 0;
}
/** Returns the host and port of an origin. */
function addressOf({ protocol, hostname, port }) {
    return { host: (0,_message_js__WEBPACK_IMPORTED_MODULE_3__/* .withoutBrackets */ .o4)(hostname), port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}
function keyOf({ host, port }) {
    return `${host} ${port.toString()}`;
}
function ignore() {
    // The request that would have used it opens its own connection, or reports the error.
}


/***/ }),

/***/ 34:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ isMetadataHost),
/* harmony export */   m: () => (/* binding */ isLocalHost)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(30);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__nccwpck_require__.n(node_net__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _message_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(311);
/** Hosts that only the runner can reach: a registry that names one could use the runner to reach what it cannot. */


// IANA's special-purpose address registries: the ranges where no public server can be. IPv4 rules also apply within ::ffff:0:0/96.
const reserved = [
    ['0.0.0.0', 8, 'ipv4'],
    ['10.0.0.0', 8, 'ipv4'],
    ['100.64.0.0', 10, 'ipv4'],
    ['127.0.0.0', 8, 'ipv4'],
    ['169.254.0.0', 16, 'ipv4'],
    ['172.16.0.0', 12, 'ipv4'],
    ['192.0.0.0', 24, 'ipv4'],
    ['192.168.0.0', 16, 'ipv4'],
    ['198.18.0.0', 15, 'ipv4'],
    ['224.0.0.0', 3, 'ipv4'],
    // Unspecified, loopback, IPv4-compatible.
    ['::', 96, 'ipv6'],
    // IPv4 behind a translator: NAT64, 6to4.
    ['64:ff9b::', 32, 'ipv6'],
    ['2002::', 16, 'ipv6'],
    // Unique local, link-local and site-local, multicast.
    ['fc00::', 7, 'ipv6'],
    ['fe80::', 9, 'ipv6'],
    ['ff00::', 8, 'ipv6']
];
const reservedAddresses = new node_net__WEBPACK_IMPORTED_MODULE_0__.BlockList();
for (const [network, prefix, family] of reserved)
    reservedAddresses.addSubnet(network, prefix, family);
// Clouds' metadata services, which hand out credentials, and link-local addresses. Azure's and Alibaba's look like public ones.
const metadata = [
    ['169.254.0.0', 16, 'ipv4'],
    ['168.63.129.16', 32, 'ipv4'],
    ['100.100.100.200', 32, 'ipv4'],
    ['fe80::', 10, 'ipv6'],
    ['fd00:ec2::254', 128, 'ipv6'],
    ['fd20:ce::254', 128, 'ipv6']
];
const metadataAddresses = new node_net__WEBPACK_IMPORTED_MODULE_0__.BlockList();
for (const [network, prefix, family] of metadata)
    metadataAddresses.addSubnet(network, prefix, family);
// Names of this machine in /etc/hosts, Docker and Podman, and of the clouds' metadata services.
const LOCAL_NAME = /^(?:(?:.+\.)?localhost|localhost\.localdomain|localhost[46]|ip6-(?:localhost|loopback)|(?:.+\.)?(?:docker|containers)\.internal)$/;
const METADATA_NAME = /^(?:metadata(?:\.google\.internal|\.goog)?|instance-data(?:\.ec2\.internal)?)$/;
/**
 * Tells whether a host is this machine, in a private network, link-local (cloud metadata) or multicast, by its address or name.
 * The host is as `URL` writes it, which normalises other notations of addresses (decimal, hexadecimal, octal, IPv4 within IPv6).
 */
function isLocalHost(hostname) {
    const host = plain(hostname);
    return LOCAL_NAME.test(host) || isWithin(reservedAddresses, host) || isMetadataHost(hostname);
}
/** Tells whether a host, as `URL` writes it, is link-local or a cloud's metadata service, where there can be no token server. */
function isMetadataHost(hostname) {
    const host = plain(hostname);
    return METADATA_NAME.test(host) || isWithin(metadataAddresses, host);
}
function plain(hostname) {
    return (0,_message_js__WEBPACK_IMPORTED_MODULE_1__/* .withoutBrackets */ .o4)(hostname).replace(/\.+$/, '');
}
function isWithin(addresses, host) {
    const family = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.isIP)(host);
    return family !== 0 && addresses.check(host, family === 6 ? 'ipv6' : 'ipv4');
}


/***/ }),

/***/ 311:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   J6: () => (/* binding */ isSameOrigin),
/* harmony export */   Ng: () => (/* binding */ describeRequest),
/* harmony export */   o4: () => (/* binding */ withoutBrackets)
/* harmony export */ });
/* harmony import */ var _oci_printable_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(362);

/**
 * Tells whether two URLs have the same origin: scheme, host and port. `URL.origin` does not tell: for `blob:http://host/` it is
 * the origin of the URL inside.
 */
function isSameOrigin(a, b) {
    return a.protocol === b.protocol && a.host === b.host;
}
/** Strips the brackets of an IPv6 address from a hostname as `URL` writes it. */
function withoutBrackets(hostname) {
    return hostname.replace(/^\[|\]$/g, '');
}
/** Describes a request for people: without its query, which may hold secrets, and bounded, because a redirect may name any URL. */
function describeRequest({ method, url }) {
    return `${method} ${(0,_oci_printable_js__WEBPACK_IMPORTED_MODULE_0__/* .printable */ .g)(`${url.origin}${url.pathname}`)}`;
}


/***/ }),

/***/ 304:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   i: () => (/* binding */ proxyFor)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(30);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__nccwpck_require__.n(node_net__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _oci_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(630);
/* harmony import */ var _message_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(311);
/**
 * Which proxy a URL is reached through, by `https_proxy`, `http_proxy` and `no_proxy` (or in capitals). An entry of `no_proxy`,
 * separated by commas or spaces, is one of (as in Go's `http/httpproxy`)
 *
 *     *                                    every host
 *     example.com                          the host and its subdomains
 *     .example.com, *.example.com          its subdomains
 *     10.0.0.5, [fd00::1]                  an address
 *     10.0.0.0/8, fd00::/8                 all addresses of a network
 *     …:8443                               any of these but a network, at this port only
 *
 * This machine is never reached through a proxy. Names are compared without being resolved.
 */



const LOCAL = /^(?:(?:.+\.)?localhost|127\..*|::1)$/;
/** Gives the proxy for a URL; undefined where there is none. Throws `INPUT_INVALID` for one that is not valid. */
function proxyFor(url, env) {
    const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
    const name = names.find(candidate => env[candidate]);
    if (name === undefined || isBypassed(url, [env.no_proxy, env.NO_PROXY].find(Boolean) ?? ''))
        return undefined;
    return parseProxy(name, env[name] ?? '');
}
function isBypassed({ hostname, port, protocol }, list) {
    const host = (0,_message_js__WEBPACK_IMPORTED_MODULE_2__/* .withoutBrackets */ .o4)(hostname);
    if (LOCAL.test(host))
        return true;
    const at = port || (protocol === 'https:' ? '443' : '80');
    return list
        .toLowerCase()
        .split(/[\s,]+/)
        .some(entry => fits(entry, host, at));
}
function fits(entry, host, at) {
    if (entry === '*')
        return true;
    if (entry.includes('/'))
        return isWithin(host, entry);
    const text = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.isIP)(entry) === 6 ? `[${entry}]` : entry;
    const [, name = '', port = at] = /^(.+?)(?::([0-9]+))?$/.exec(text) ?? [];
    return name !== '' && port === at && isNamed(host, name.replace(/^\*(?=\.)/, ''));
}
function isNamed(host, name) {
    if (name.startsWith('.'))
        return host.endsWith(name);
    return host === (0,_message_js__WEBPACK_IMPORTED_MODULE_2__/* .withoutBrackets */ .o4)(name) || ((0,node_net__WEBPACK_IMPORTED_MODULE_0__.isIP)(host) === 0 && host.endsWith(`.${name}`));
}
function isWithin(host, network) {
    const [address = '', prefix = ''] = network.split('/');
    const own = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.isIP)((0,_message_js__WEBPACK_IMPORTED_MODULE_2__/* .withoutBrackets */ .o4)(address));
    const bits = Number(prefix);
    if (own === 0 || (0,node_net__WEBPACK_IMPORTED_MODULE_0__.isIP)(host) !== own || !/^[0-9]{1,3}$/.test(prefix) || bits > (own === 6 ? 128 : 32))
        return false;
    const list = new node_net__WEBPACK_IMPORTED_MODULE_0__.BlockList();
    const type = own === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet((0,_message_js__WEBPACK_IMPORTED_MODULE_2__/* .withoutBrackets */ .o4)(address), bits, type);
    return list.check(host, type);
}
/** Parses a proxy as http-client does; that ignores a proxy silently where this throws. */
function parseProxy(name, text) {
    const url = URL.canParse(text) || text.includes('://') ? text : `http://${text}`;
    const proxy = URL.canParse(url) ? new URL(url) : undefined;
    const isUsable = proxy && ['http:', 'https:'].includes(proxy.protocol) && isDecodable(proxy);
    if (isUsable)
        return proxy;
    // The value may hold a password: no part of it is shown.
    throw new _oci_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .PromotionError */ .g1('INPUT_INVALID', `${name} is not a valid proxy URL`, {
        advice: 'Write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters of the password percent-encoded (%40 for @).'
    });
}
function isDecodable({ username, password }) {
    try {
        decodeURIComponent(username + password);
        return true;
    }
    catch {
        return false;
    }
}


/***/ }),

/***/ 663:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

var x = (y) => {
	var x = {}; __nccwpck_require__.d(x, y); return x
} 
var y = (x) => (() => (x))
module.exports = x({ ["ProxyAgent"]: () => (__WEBPACK_EXTERNAL_MODULE_node_path_02319fef__.ProxyAgent) });

/***/ }),

/***/ 613:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("assert");

/***/ }),

/***/ 982:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");

/***/ }),

/***/ 434:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("events");

/***/ }),

/***/ 896:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs");

/***/ }),

/***/ 611:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("http");

/***/ }),

/***/ 692:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("https");

/***/ }),

/***/ 278:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("net");

/***/ }),

/***/ 421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 474:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");

/***/ }),

/***/ 455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 67:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");

/***/ }),

/***/ 708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");

/***/ }),

/***/ 30:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 75:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");

/***/ }),

/***/ 500:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");

/***/ }),

/***/ 930:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");

/***/ }),

/***/ 857:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("os");

/***/ }),

/***/ 928:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("path");

/***/ }),

/***/ 756:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("tls");

/***/ }),

/***/ 23:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("util");

/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/******/ // expose the modules object (__webpack_modules__)
/******/ __nccwpck_require__.m = __webpack_modules__;
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/compat get default export */
/******/ (() => {
/******/ 	// getDefaultExport function for compatibility with non-harmony modules
/******/ 	__nccwpck_require__.n = (module) => {
/******/ 		var getter = module && module.__esModule ?
/******/ 			() => (module['default']) :
/******/ 			() => (module);
/******/ 		__nccwpck_require__.d(getter, { a: getter });
/******/ 		return getter;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/create fake namespace object */
/******/ (() => {
/******/ 	var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 	var leafPrototypes;
/******/ 	// create a fake namespace object
/******/ 	// mode & 1: value is a module id, require it
/******/ 	// mode & 2: merge all properties of value into the ns
/******/ 	// mode & 4: return value when already ns object
/******/ 	// mode & 16: return value when it's Promise-like
/******/ 	// mode & 8|1: behave like require
/******/ 	__nccwpck_require__.t = function(value, mode) {
/******/ 		if(mode & 1) value = this(value);
/******/ 		if(mode & 8) return value;
/******/ 		if(typeof value === 'object' && value) {
/******/ 			if((mode & 4) && value.__esModule) return value;
/******/ 			if((mode & 16) && typeof value.then === 'function') return value;
/******/ 		}
/******/ 		var ns = Object.create(null);
/******/ 		__nccwpck_require__.r(ns);
/******/ 		var def = {};
/******/ 		leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 		for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 			Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 		}
/******/ 		def['default'] = () => (value);
/******/ 		__nccwpck_require__.d(ns, def);
/******/ 		return ns;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/ensure chunk */
/******/ (() => {
/******/ 	__nccwpck_require__.f = {};
/******/ 	// This file contains only the entry chunk.
/******/ 	// The chunk loading function for additional chunks
/******/ 	__nccwpck_require__.e = (chunkId) => {
/******/ 		return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 			__nccwpck_require__.f[key](chunkId, promises);
/******/ 			return promises;
/******/ 		}, []));
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/get javascript chunk filename */
/******/ (() => {
/******/ 	// This function allow to reference async chunks
/******/ 	__nccwpck_require__.u = (chunkId) => {
/******/ 		// return url for filenames based on template
/******/ 		return "" + chunkId + ".index.js";
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/******/ /* webpack/runtime/make namespace object */
/******/ (() => {
/******/ 	// define __esModule on exports
/******/ 	__nccwpck_require__.r = (exports) => {
/******/ 		if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 			Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 		}
/******/ 		Object.defineProperty(exports, '__esModule', { value: true });
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/import chunk loading */
/******/ (() => {
/******/ 	// no baseURI
/******/ 	
/******/ 	// object to store loaded and loading chunks
/******/ 	// undefined = chunk not loaded, null = chunk preloaded/prefetched
/******/ 	// [resolve, Promise] = chunk loading, 0 = chunk loaded
/******/ 	var installedChunks = {
/******/ 		792: 0
/******/ 	};
/******/ 	
/******/ 	var installChunk = (data) => {
/******/ 		var {ids, modules, runtime} = data;
/******/ 		// add "modules" to the modules object,
/******/ 		// then flag all "ids" as loaded and fire callback
/******/ 		var moduleId, chunkId, i = 0;
/******/ 		for(moduleId in modules) {
/******/ 			if(__nccwpck_require__.o(modules, moduleId)) {
/******/ 				__nccwpck_require__.m[moduleId] = modules[moduleId];
/******/ 			}
/******/ 		}
/******/ 		if(runtime) runtime(__nccwpck_require__);
/******/ 		for(;i < ids.length; i++) {
/******/ 			chunkId = ids[i];
/******/ 			if(__nccwpck_require__.o(installedChunks, chunkId) && installedChunks[chunkId]) {
/******/ 				installedChunks[chunkId][0]();
/******/ 			}
/******/ 			installedChunks[ids[i]] = 0;
/******/ 		}
/******/ 	
/******/ 	}
/******/ 	
/******/ 	__nccwpck_require__.f.j = (chunkId, promises) => {
/******/ 			// import() chunk loading for javascript
/******/ 			var installedChunkData = __nccwpck_require__.o(installedChunks, chunkId) ? installedChunks[chunkId] : undefined;
/******/ 			if(installedChunkData !== 0) { // 0 means "already installed".
/******/ 	
/******/ 				// a Promise means "currently loading".
/******/ 				if(installedChunkData) {
/******/ 					promises.push(installedChunkData[1]);
/******/ 				} else {
/******/ 					if(true) { // all chunks have JS
/******/ 						// setup Promise in chunk cache
/******/ 						var promise = import("./" + __nccwpck_require__.u(chunkId)).then(installChunk, (e) => {
/******/ 							if(installedChunks[chunkId] !== 0) installedChunks[chunkId] = undefined;
/******/ 							throw e;
/******/ 						});
/******/ 						var promise = Promise.race([promise, new Promise((resolve) => (installedChunkData = installedChunks[chunkId] = [resolve]))])
/******/ 						promises.push(installedChunkData[1] = promise);
/******/ 					}
/******/ 				}
/******/ 			}
/******/ 	};
/******/ 	
/******/ 	// no prefetching
/******/ 	
/******/ 	// no preloaded
/******/ 	
/******/ 	// no external install chunk
/******/ 	
/******/ 	// no on chunks loaded
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(407);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
