import type { HubRepository } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { CheckResult, Judge } from './judge.ts';
import { quoted } from './names.ts';

type Wanted = Parameters<typeof signedTag>[0];
type Signatures = NonNullable<Awaited<ReturnType<HubRepository['signed']>>>;

export const signedTag: Judge<'signed-tag'> = async (check, engine) => {
  const { repository, tag, present } = check;
  const own = engine.hub(repository);
  const found = await Promise.all(own.map(async (one) => ({ one, signed: await one.signed() }))).catch(
    () => undefined,
  );
  if (!found) return fail('The notary does not answer at the moment, so nobody knows what is signed.');
  const results = found.map(({ one, signed }) => judgeOne(check, one, signed));
  const right = results.find(({ passed }) => passed);
  if (!present) {
    const still = found.find(({ signed }) => signed && (tag === undefined || signed.tags.has(tag)));
    return still
      ? fail(
          `${nameOf(still.one, tag)} is still signed. \`docker trust revoke ${nameIn(still.one, tag)}\` takes it back.`,
        )
      : pass(`Nothing signed stands for \`${repository}${tag === undefined ? '' : `:${tag}`}\`.`);
  }
  return right ?? results[0] ?? fail(notThere(check));
};

function judgeOne(check: Wanted, one: HubRepository, signed: Signatures | undefined): CheckResult {
  const { tag, signer, moved } = check;
  if (!signed || (signed.tags.size === 0 && signed.signers.length === 0))
    return fail(
      `${nameOf(one, tag)} is not signed. \`DOCKER_CONTENT_TRUST=1 docker push ${nameIn(one, tag ?? 'TAG')}\` signs what it pushes.`,
    );
  if (signer !== undefined && !signed.signers.includes(signer)) {
    const others =
      signed.signers.length === 0 ? 'nobody but its owner' : signed.signers.map(quoted).join(' and ');
    return fail(
      `For ${nameOf(one)} may sign: ${others}. \`docker trust signer add --key ${signer}.pub ${signer} ${one.name}\` adds \`${signer}\`.`,
    );
  }
  if (tag === undefined)
    return pass(
      `${nameOf(one)} is signed${signer === undefined ? '' : `, and \`${signer}\` may sign for it`}.`,
    );
  const digest = signed.tags.get(tag);
  if (digest === undefined) {
    const [other] = signed.tags.keys();
    const instead = other === undefined ? '' : ` ${nameOf(one, other)} is.`;
    return fail(
      `${nameOf(one, tag)} is not signed.${instead} \`docker trust inspect --pretty ${one.name}\` shows all that are.`,
    );
  }
  const isMoved = one.tags.get(tag)?.digest !== digest;
  if (moved === true && !isMoved)
    return fail(`${nameOf(one, tag)} on the hub is still the image that was signed.`);
  if (moved === false && isMoved)
    return fail(
      `${nameOf(one, tag)} on the hub is not the image that was signed any more: somebody has pushed another one without a signature.`,
    );
  return pass(`${nameOf(one, tag)} is signed.`);
}

function notThere({ repository, tag }: Wanted): string {
  const name = `NAME/${repository}:${tag ?? 'TAG'}`;
  return `There is no \`${repository}\` in a name of yours on the hub yet. \`DOCKER_CONTENT_TRUST=1 docker push ${name}\` pushes and signs it.`;
}

const nameIn = ({ name }: HubRepository, tag: string | undefined): string =>
  tag === undefined ? name : `${name}:${tag}`;

const nameOf = (one: HubRepository, tag?: string): string => quoted(nameIn(one, tag));
