// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Agent.Projection;
using Heliograph.AppConfiguration.Webhooks;
using Heliograph.Cli.Terminal;
using Heliograph.Origin.Oidc;
using Heliograph.Platform.Pki;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Configuration;

/// <summary>Looks at the files and addresses that a role is told of, before it starts: every fault at once, and nothing is written or listened at.</summary>
/// <param name="values">What is written for an option; empty: nothing is.</param>
/// <param name="settings">Where it is written.</param>
internal sealed class RoleInspection(Func<string, IReadOnlyList<string>> values, RoleSettings settings)
{
    private readonly List<string> _faults = [];

    /// <summary>What is wrong: what, what to do, and where it is written.</summary>
    public IReadOnlyList<string> Faults()
    {
        var realm = Try("--trust", "Give the trust file that 'helio trust show' of the realm names.", file => TrustFile.Load(file).Root.Realm);
        Try<object>("--ca", "Give the PEM file of the realm's authority.", file => realm is null ? Roots(file) : RealmAuthority.Load(realm, file));
        Pair("--cert", "--key");
        Try("--etcd-ca", "Give the PEM file of the authority of etcd's certificates.", Roots);
        Pair("--etcd-cert", "--etcd-key");
        Try("--webhooks", "Correct the file, or leave the option out.", WebhookFile.Load);
        Try("--oidc", "Correct the file, or leave the option out.", OidcFile.Load);
        foreach (var file in values("--project")) Try("--project", file, "Correct the file, or leave the option out.", path => ProjectionOptions.Load(path, [.. values("--project-command")]));
        Directory();
        Tls();
        return _faults;
    }

    private string? One(string option) => values(option) is [var value, ..] ? value : null;

    private void Pair(string certificate, string key)
    {
        if (One(certificate) is { } file && One(key) is { } keyFile) Try(certificate, file, $"Give {certificate} and {key} the two files of one certificate.", path => CertificateFiles.LoadPair(path, keyFile).Dispose());
    }

    private void Directory()
    {
        for (var path = One("--data") is { } data ? Path.GetFullPath(data) : null; path is not null; path = Path.GetDirectoryName(path))
        {
            if (System.IO.Directory.Exists(path)) return;
            if (!File.Exists(path)) continue;
            Add("--data", $"'{path}' is a file. Give a directory.");
            return;
        }
    }

    /// <summary>What is reached from elsewhere is proven.</summary>
    private void Tls()
    {
        string[] mine = One("--renew-at") is null ? ["--cert", "--key", "--ca"] : ["--ca"]; // a node that enrols has the others in its data directory
        foreach (var option in new[] { "--listen", "--app-configuration-listen" })
            if (values(option).FirstOrDefault(address => address.StartsWith("tls://", StringComparison.Ordinal)) is { } listens && mine.Where(need => One(need) is null).ToList() is { Count: > 0 } lacking)
                Add(option, $"{listens} needs a certificate: {string.Join(" and ", lacking)} {(lacking.Count == 1 ? "is" : "are")} not given ('helio certs issue').");
        if (values("--parent").FirstOrDefault(address => address.StartsWith("tls://", StringComparison.Ordinal) || address.StartsWith("grpc://", StringComparison.Ordinal)) is { } follows && One("--ca") is null)
            Add("--parent", $"{follows} cannot be believed without the realm's authority: --ca is not given.");
    }

    private static X509Certificate2Collection Roots(string file)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(file);
        return roots.Count > 0 ? roots : throw new CryptographicException($"{file}: there is no certificate in PEM form.");
    }

    private T? Try<T>(string option, string next, Func<string, T> read) where T : class
    {
        T? result = null;
        if (One(option) is { } file) Try(option, file, next, path => result = read(path));
        return result;
    }

    private void Try(string option, string file, string next, Action<string> read)
    {
        try { read(file); }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException or FormatException or ArgumentException)
        {
            Add(option, $"{PrintableText.OneLine(exception.Message, 1_000).TrimEnd('.', '⏎')}. {next}");
        }
    }

    private void Add(string option, string fault) => _faults.Add(settings.Of(option)?.Where is { Length: > 0 } where ? $"{option}: {fault} [{where}]" : $"{option}: {fault}");
}
