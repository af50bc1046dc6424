"""The sandbox's certificate authority, good for loopback addresses only, and the server's certificate."""

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from llama_azure_sandbox.home import write_private

_LIFETIME = dt.timedelta(days=825)
_RENEWAL = dt.timedelta(days=1)
_LOOPBACK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_SERVER_ADDRESSES = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))


def ensure_certificates(folder: Path, bundle: Path, hosts: Sequence[str] = ()) -> tuple[Path, Path]:
    """Make the authority, the server's certificate and the clients' bundle, unless they are there and valid.

    The certificate is good for the loopback addresses, ``localhost``, and ``hosts`` below it.
    The authority is constrained to loopback names, so that trusting it in a shell gives
    nobody a way to stand in for any other host. Its key is not kept once it has signed.

    Returns:
        The paths of the server's certificate and of its private key.
    """
    certificate, key = folder / "server.pem", folder / "server.key"
    if not (bundle.exists() and key.exists() and _is_valid(certificate, hosts)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(certificate, key, bundle, hosts)
    return certificate, key


def _is_valid(certificate: Path, hosts: Sequence[str]) -> bool:
    if not certificate.exists():
        return False
    content = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = content.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = set(names.get_values_for_type(x509.DNSName))
    return content.not_valid_after_utc - dt.datetime.now(dt.UTC) > _RENEWAL and covered.issuperset(hosts)


def _make(certificate_path: Path, key_path: Path, bundle_path: Path, hosts: Sequence[str]) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("llama-azure sandbox certificate authority")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(sign_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints(
                permitted_subtrees=[x509.DNSName("localhost"), *map(x509.IPAddress, _LOOPBACK_NETWORKS)],
                excluded_subtrees=None,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = (
        _builder(_name("localhost"), authority_name, server_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(
                [*map(x509.DNSName, ("localhost", *hosts)), *map(x509.IPAddress, _SERVER_ADDRESSES)]
            ),
            critical=False,
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(key_path, private)
    write_private(certificate_path, server.public_bytes(pem))
    write_private(bundle_path.with_name("ca.pem"), authority.public_bytes(pem))
    # The bundle comes last: it is what says that the whole set is there.
    trusted = _public_certificates(bundle_path).read_bytes()
    write_private(bundle_path, trusted + b"\n" + authority.public_bytes(pem))


def _public_certificates(own_bundle: Path) -> Path:
    """Return what this machine trusts otherwise: a bundle that the user has chosen (a company's, say), or Mozilla's."""
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        chosen = Path(os.environ.get(variable, ""))
        if chosen.is_file() and chosen.name != own_bundle.name:
            return chosen
    return Path(certifi.where())


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
    )


def _key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
