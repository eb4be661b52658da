/** Advice for authentication and authorization errors, by registry or product. */
import type { Action } from '../../oci/credential.ts'
import type { Registry } from '../../oci/registry-host.ts'

/** A request that was denied, and the login it was sent with. */
export interface Denial {
  readonly registry: Registry
  /** The actions that the run needs in the repository. */
  readonly actions: readonly Action[]
  /** The registry's error, `CODE: message`. */
  readonly said: string
  /** Where the credential that was sent came from; undefined if none was sent. */
  readonly shown: string | undefined
  /** The request URL and the challenge in the response: they identify self-hosted products. */
  readonly traces: string
}

/** Advice for one registry or product. */
interface Rule {
  readonly registry?: RegExp
  readonly said?: RegExp
  readonly traces?: RegExp
  readonly advice: (isPush: boolean, hasLogin: boolean) => string
}

// The first match wins.
const rules: readonly Rule[] = [
  {
    registry: /^ghcr\.io$/,
    advice: isPush =>
      `Give the job "permissions: packages: ${isPush ? 'write' : 'read'}". If the package is not this repository's own, ` +
      `add this repository in the package's settings, under "Manage Actions access", with the role ${isPush ? 'Write' : 'Read'}. ` +
      `A personal access token (classic) needs the scope ${isPush ? 'write' : 'read'}:packages.`
  },
  {
    registry: /^\d+\.dkr[.-]ecr\b/,
    said: /expired/i,
    advice: () =>
      'ECR logins expire after 12 hours, and this one has expired. Log in again in this job, before this step, ' +
      'with aws-actions/amazon-ecr-login.'
  },
  {
    registry: /^\d+\.dkr[.-]ecr\b/,
    advice: isPush =>
      'Log in to this account and region in this job, with aws-actions/amazon-ecr-login; logins expire after 12 hours. ' +
      `The role needs ${isPush ? 'ecr:PutImage, ecr:BatchCheckLayerAvailability and ' : ''}ecr:BatchGetImage on the repository. ` +
      'To copy between repositories, it also needs ' +
      (isPush
        ? 'ecr:InitiateLayerUpload, ecr:UploadLayerPart and ecr:CompleteLayerUpload on the target, and '
        : '') +
      'ecr:GetDownloadUrlForLayer on the source.'
  },
  {
    registry: /^public\.ecr\.aws$/,
    advice: isPush =>
      'Log in again in this job, with aws-actions/amazon-ecr-login, "registry-type: public" and region us-east-1; ' +
      `logins expire after 12 hours.${isPush ? ' The role needs ecr-public:PutImage on the repository.' : ''}`
  },
  {
    registry: /^docker\.io$/,
    advice: isPush =>
      `Log in with docker/login-action and an access token of a user who may ${isPush ? 'push to' : 'pull from'} this repository` +
      (isPush
        ? ', with the permission "Read & Write". The Docker Hub login preinstalled on GitHub\'s runners can only pull.'
        : '.')
  },
  {
    registry: /-docker\.pkg\.dev$|^(?:[a-z]+\.)?gcr\.io$/,
    advice: isPush =>
      'Log in again in this job: access tokens (user name oauth2accesstoken) expire after one hour. The account needs ' +
      `roles/artifactregistry.${isPush ? 'writer' : 'reader'} on the repository, and the repository must exist.`
  },
  {
    registry: /\.azurecr\.(?:io|cn|us)$/,
    advice: isPush =>
      'Log in again in this job, with "az acr login"; logins expire after three hours. ' +
      `The identity needs the role ${isPush ? 'AcrPush' : 'AcrPull'} in this registry.`
  },
  {
    registry: /^quay\.io$/,
    advice: isPush =>
      `Give the robot account the permission ${isPush ? 'Write' : 'Read'} on this repository, ` +
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
    advice: (isPush, hasLogin) =>
      `Check that the Harbor project exists, and that the robot account may pull${isPush ? ' and push' : ''} there. ` +
      (hasLogin
        ? 'Check its password too: Harbor treats a robot account with a wrong password as anonymous. '
        : '') +
      'Robot names contain a $: use single quotes in a shell.'
  }
]

const fallback: Rule = {
  advice: isPush =>
    `Use a login that is valid for this registry and may pull from${isPush ? ' and push to' : ''} this repository.`
}

/** Says where the credential came from and how to fix the error. */
export function denialAdvice(denial: Denial): string {
  const { registry, actions, shown } = denial
  const login =
    shown === undefined
      ? `No login for ${registry} was found, so the request was anonymous: the inputs username and password are for the input registry only.`
      : `The login came from ${shown}.`
  const { advice } = rules.find(rule => matches(rule, denial)) ?? fallback
  return `${login} ${advice(actions.includes('push'), shown !== undefined)}`
}

function matches(rule: Rule, denial: Denial): boolean {
  return (['registry', 'said', 'traces'] as const).every(part => rule[part]?.test(denial[part]) ?? true)
}

function gitlab(isPush: boolean): string {
  return (
    `The token needs the ${isPush ? 'scopes read_registry and write_registry' : 'scope read_registry'}, and its owner ` +
    `the role ${isPush ? 'Developer' : 'Reporter'} in the GitLab project. A CI job token expires with its job.`
  )
}
