import { hash, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { ASN1Obj as Asn1 } from '@sigstore/core';
import { TimestampError } from './timestamp-error.ts';

/** What an authority has sworn to. */
export interface Timestamp {
  /** When it had the data. */
  readonly time: Date;
  /** The subject of the certificate it signed with. */
  readonly authority: string;
}

export interface TimestampCheck {
  /** The TimeStampResp as it came. */
  readonly response: Uint8Array;
  /** What was stamped. */
  readonly data: Uint8Array;
  /** The certificates that are trusted: of the authority itself, or what its chain ends in. */
  readonly trusted: readonly X509Certificate[];
  /** Of the request; left out for an answer that was kept. */
  readonly nonce?: bigint;
}

const oids = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  timeStamping: '1.3.6.1.5.5.7.3.8',
};

const digests: { readonly [oid: string]: string } = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Signature algorithms that name their digest, with it; `null` for those that have none of their own. */
const signatures: { readonly [oid: string]: string | null } = {
  '1.2.840.113549.1.1.1': null,
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

const chainLengthMax = 8;

/**
 * Checks a time stamp (RFC 3161 section 2.4.2, RFC 5652 section 5): it is granted, of this data, signed by a certificate for
 * time stamping, and a chain leads from that to a trusted one; all were valid at the time stated. Nothing asks whether one
 * was revoked.
 * @throws {TimestampError}
 */
export function verifyTimestamp(check: TimestampCheck): Timestamp {
  try {
    return verifyParsed(check);
  } catch (cause) {
    if (cause instanceof TimestampError) throw cause;
    throw new TimestampError('malformed', 'the answer is no time stamp', { cause });
  }
}

function verifyParsed({ response, data, trusted, nonce }: TimestampCheck): Timestamp {
  const token = parseResponse(response);
  const { info } = token;
  if (!sameBytes(digest(info.digestOid, data), info.imprint)) {
    throw new TimestampError('wrong_imprint', 'the time stamp is of other data');
  }
  if (nonce !== undefined && info.nonce !== nonce) {
    throw new TimestampError('wrong_nonce', 'the answer is to another request: its nonce differs');
  }
  const signer = findSigner(token);
  checkSignature(token, signer);
  checkPurpose(signer);
  for (const certificate of findChain(signer, token.certificates, trusted))
    checkValidity(certificate, info.time);
  return { time: info.time, authority: oneLine(signer.subject) };
}

/**
 * The certificates in a PEM text, one or more.
 * @throws {TimestampError} `malformed`
 */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new TimestampError('malformed', 'there is no certificate in PEM form');
  return blocks.map(parseCertificate);
}

interface Token {
  readonly info: {
    readonly bytes: Uint8Array;
    readonly digestOid: string;
    readonly imprint: Uint8Array;
    readonly time: Date;
    readonly nonce: bigint | undefined;
  };
  readonly certificates: readonly X509Certificate[];
  readonly signer: {
    readonly issuerAndSerial: Uint8Array;
    readonly digestOid: string;
    readonly attributes: Asn1;
    readonly signatureOid: string;
    readonly signature: Uint8Array;
  };
}

function parseResponse(response: Uint8Array): Token {
  const [status, contentInfo] = Asn1.parseBuffer(Buffer.from(response)).subs;
  const granted = status?.subs[0]?.toInteger();
  // granted, grantedWithMods (RFC 3161 section 2.4.2)
  if (granted !== 0n && granted !== 1n) {
    throw new TimestampError('rejected', `the authority refused: ${refusalText(status)}`);
  }
  return parseToken(required(contentInfo));
}

function refusalText(status: Asn1 | undefined): string {
  const text = status?.subs[1]?.subs.map(({ value }) => value.toString('utf8')).join(' ');
  return text === undefined || text === '' ? `status ${status?.subs[0]?.toInteger()}` : text.slice(0, 200);
}

/** A ContentInfo with SignedData (RFC 5652 sections 3 and 5.1). */
function parseToken(contentInfo: Asn1): Token {
  const [contentType, content] = contentInfo.subs;
  expectOid(contentType, oids.signedData);
  const signedData = required(content?.subs[0]);
  const [, , encapsulated, ...rest] = signedData.subs;
  expectOid(encapsulated?.subs[0], oids.tstInfo);
  const bytes = required(encapsulated?.subs[1]?.subs[0]).value;
  const signers = required(rest.at(-1)).subs;
  if (signers.length !== 1) throw new TimestampError('malformed', 'the time stamp has not one signer');
  const certificates = rest.find(({ tag }) => tag.isContextSpecific(0))?.subs ?? [];
  return {
    info: parseInfo(bytes),
    certificates: certificates.map((certificate) => parseCertificate(certificate.toDER())),
    signer: parseSigner(required(signers[0])),
  };
}

/** A TSTInfo (RFC 3161 section 2.4.2); of its optional members, the nonce is the one that is an INTEGER. */
function parseInfo(bytes: Buffer): Token['info'] {
  const [, , imprint, , time, ...optional] = Asn1.parseBuffer(Buffer.from(bytes)).subs;
  const nonce = optional.find(({ tag }) => tag.isInteger())?.value;
  return {
    bytes,
    digestOid: required(imprint?.subs[0]?.subs[0]).toOID(),
    imprint: required(imprint?.subs[1]).value,
    time: required(time).toDate(),
    nonce: nonce === undefined ? undefined : BigInt(`0x${nonce.toString('hex')}`),
  };
}

/** A SignerInfo (RFC 5652 section 5.3) with signed attributes, which a time stamp has. */
function parseSigner({ subs }: Asn1): Token['signer'] {
  const [, identifier, digestAlgorithm, attributes, signatureAlgorithm, signature] = subs;
  if (attributes?.tag.isContextSpecific(0) !== true) {
    throw new TimestampError('malformed', 'the time stamp has no signed attributes');
  }
  return {
    issuerAndSerial: required(identifier).value,
    digestOid: required(digestAlgorithm?.subs[0]).toOID(),
    attributes,
    signatureOid: required(signatureAlgorithm?.subs[0]).toOID(),
    signature: required(signature).value,
  };
}

/** The certificate that the signer names, twice: by issuer and serial number, and in the attribute that binds it (RFC 5035). */
function findSigner({ certificates, signer }: Token): X509Certificate {
  const certificate = certificates.find((one) => sameBytes(issuerAndSerial(one), signer.issuerAndSerial));
  if (certificate === undefined) {
    throw new TimestampError('untrusted', "the authority's certificate is not in its answer");
  }
  const v2 = attributeOf(signer.attributes, oids.signingCertificateV2);
  const [first] = required(v2 ?? attributeOf(signer.attributes, oids.signingCertificate)).subs[0]?.subs ?? [];
  const members = first?.subs ?? [];
  // ESSCertIDv2 leaves its algorithm out where it is SHA-256; ESSCertID always is SHA-1.
  const [algorithm] = v2 === undefined || members[0]?.tag.isOctetString() ? [] : members;
  const name =
    v2 === undefined ? 'sha1' : digestName(algorithm?.subs[0]?.toOID() ?? '2.16.840.1.101.3.4.2.1');
  const expected = required(members[algorithm === undefined ? 0 : 1]).value;
  if (!sameBytes(hash(name, certificate.raw, 'buffer'), expected)) {
    throw new TimestampError('bad_signature', 'the time stamp was signed with another certificate');
  }
  return certificate;
}

function checkSignature({ info, signer }: Token, certificate: X509Certificate): void {
  const { attributes, digestOid, signatureOid, signature } = signer;
  expectOid(attributeOf(attributes, oids.contentType), oids.tstInfo);
  if (
    !sameBytes(digest(digestOid, info.bytes), required(attributeOf(attributes, oids.messageDigest)).value)
  ) {
    throw new TimestampError('bad_signature', 'what was signed is not this time stamp');
  }
  const named = signatures[signatureOid];
  if (named === undefined)
    throw new TimestampError('malformed', `signatures of ${signatureOid} are not understood`);
  const signed = attributes.toDER();
  // They are signed as the SET that they are, not with the tag they stand under (RFC 5652 section 5.4).
  signed[0] = 0x31;
  if (!verify(named ?? digestName(digestOid), signed, certificate.publicKey, signature)) {
    throw new TimestampError('bad_signature', 'the signature does not verify');
  }
}

/** RFC 3161 section 2.3: for time stamping, and for nothing else. */
function checkPurpose({ keyUsage, subject }: X509Certificate): void {
  // Node gives the extended key usage under this name.
  if (keyUsage?.length === 1 && keyUsage[0] === oids.timeStamping) return;
  throw new TimestampError(
    'wrong_purpose',
    `the certificate of ${oneLine(subject)} is not for time stamping`,
  );
}

/** From the signer to a trusted certificate, which is the last. */
function findChain(
  signer: X509Certificate,
  others: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): readonly X509Certificate[] {
  const chain = [signer];
  for (let last = signer; chain.length <= chainLengthMax; ) {
    if (trusted.some(({ raw }) => sameBytes(raw, last.raw))) return chain;
    const root = trusted.find((one) => hasIssued(one, last));
    if (root !== undefined) return [...chain, root];
    const next = others.find((one) => !chain.includes(one) && hasIssued(one, last));
    if (next === undefined) break;
    chain.push(next);
    last = next;
  }
  throw new TimestampError(
    'untrusted',
    `the certificate of ${oneLine(signer.subject)} does not lead to a trusted certificate`,
  );
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function checkValidity({ validFromDate, validToDate, subject }: X509Certificate, time: Date): void {
  if (validFromDate <= time && time <= validToDate) return;
  throw new TimestampError(
    'expired',
    `the certificate of ${oneLine(subject)} is valid from ${validFromDate.toISOString()} to ${validToDate.toISOString()}, which ${time.toISOString()} is not in`,
  );
}

/** The members of a certificate's IssuerAndSerialNumber (RFC 5652 section 10.2.4), from its TBSCertificate (RFC 5280 section 4.1). */
function issuerAndSerial({ raw }: X509Certificate): Uint8Array {
  const [tbs] = Asn1.parseBuffer(Buffer.from(raw)).subs;
  const members = tbs?.subs.filter(({ tag }) => !tag.isContextSpecific(0)) ?? [];
  const [serial, , issuer] = members;
  return Buffer.concat([required(issuer).toDER(), required(serial).toDER()]);
}

/** The one value of an attribute, or undefined. */
function attributeOf(attributes: Asn1, oid: string): Asn1 | undefined {
  return attributes.subs.find(({ subs }) => subs[0]?.tag.isOID() && subs[0].toOID() === oid)?.subs[1]
    ?.subs[0];
}

function parseCertificate(bytes: Uint8Array | string): X509Certificate {
  try {
    return new X509Certificate(typeof bytes === 'string' ? bytes : Buffer.from(bytes));
  } catch (cause) {
    throw new TimestampError('malformed', 'a certificate can not be read', { cause });
  }
}

function expectOid(found: Asn1 | undefined, oid: string): void {
  if (found?.toOID() !== oid) throw new TimestampError('malformed', 'the answer is no time stamp');
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TimestampError('malformed', 'the time stamp lacks a part');
  return value;
}

function digestName(oid: string): string {
  const name = digests[oid];
  if (name === undefined) throw new TimestampError('malformed', `hashes of ${oid} are not understood`);
  return name;
}

function digest(oid: string, data: Uint8Array): Uint8Array {
  return hash(digestName(oid), data, 'buffer');
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A subject has a line for each of its parts. */
function oneLine(subject: string): string {
  return subject.replaceAll('\n', ', ');
}
