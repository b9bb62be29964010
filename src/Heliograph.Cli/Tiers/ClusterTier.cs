// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;
using Heliograph.Hosting.Replicas;
using Heliograph.Origin.Cluster;
using Heliograph.Platform.Pki;

namespace Heliograph.Cli.Tiers;

/// <summary>Where etcd is and how it is proven.</summary>
/// <param name="Members">Its members.</param>
/// <param name="Authority">PEM file of the authority of their certificates.</param>
/// <param name="Certificate">PEM file of the certificate shown to them.</param>
/// <param name="Key">PEM file of its key.</param>
/// <param name="AllowUnsupported">Whether releases with known faults are used.</param>
internal sealed record EtcdArguments(IReadOnlyList<Uri> Members, string? Authority, string? Certificate, string? Key, bool AllowUnsupported)
{
    /// <summary>The authority's certificates.</summary>
    /// <exception cref="CryptographicException">The file holds none.</exception>
    public X509Certificate2Collection? LoadAuthorities()
    {
        if (Authority is null) return null;
        var roots = new X509Certificate2Collection();
        try { roots.ImportFromPemFile(Authority); }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException) { throw new CryptographicException($"{Authority}: the file cannot be read.", exception); }
        return roots.Count > 0 ? roots : throw new CryptographicException($"{Authority}: there is no certificate in PEM form.");
    }

    /// <summary>The certificate with its key.</summary>
    public X509Certificate2? LoadCertificate() => Certificate is null ? null : CertificateFiles.LoadPair(Certificate, Key!);
}

/// <summary>What an origin was told of its cluster.</summary>
/// <param name="Etcd">Where the log is.</param>
/// <param name="Advertise">Where the other origins reach this one.</param>
internal sealed record ClusterArguments(EtcdArguments Etcd, Uri Advertise)
{
    /// <summary>With the files read.</summary>
    /// <exception cref="CryptographicException">A file holds something else.</exception>
    public ClusterOptions ToOptions(NodeCredentials credentials) => new()
    {
        Etcd = Etcd.Members, EtcdAuthorities = Etcd.LoadAuthorities(), EtcdCertificate = Etcd.LoadCertificate(), AllowUnsupportedEtcd = Etcd.AllowUnsupported, Advertise = Advertise, Credentials = credentials,
    };
}

/// <summary>The options by which commands are told of etcd.</summary>
internal sealed class EtcdOptions
{
    private readonly Option<string?> _authority = new("--etcd-ca") { HelpName = "FILE", Description = "PEM file: the authority of etcd's certificates. Default: those that the operating system believes." };
    private readonly Option<string?> _certificate = new("--etcd-cert") { HelpName = "FILE", Description = "PEM file: the certificate shown to etcd." };
    private readonly Option<string?> _key = new("--etcd-key") { HelpName = "FILE", Description = "PEM file: its private key." };
    private readonly Option<bool> _allowUnsupported = new("--allow-unsupported-etcd") { Description = "Use releases of etcd older than 3.5.33 or 3.6.14, whose known faults can lose changes." };

    /// <summary>Addresses of the members.</summary>
    public Option<Uri[]> Members { get; } = new("--etcd")
    {
        HelpName = "URL", DefaultValueFactory = _ => [], Description = "An etcd member: https://host:2379, on this machine also http://127.0.0.1:2379. Repeat it for each.",
        CustomParser = result =>
        {
            var members = new List<Uri>();
            foreach (var token in result.Tokens)
            {
                if (Uri.TryCreate(token.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") members.Add(address!);
                else result.AddError($"'{PrintableText.OneLine(token.Value, 200)}' is no address of an etcd member. Write https://host:2379.");
            }
            return [.. members];
        },
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Members, _authority, _certificate, _key, _allowUnsupported }) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_certificate) is null != result.GetValue(_key) is null) result.AddError("--etcd-cert and --etcd-key go together.");
        });
    }

    /// <summary>What was given.</summary>
    public EtcdArguments Read(Invocation run) => new(run.Value(Members)!, run.Value(_authority), run.Value(_certificate), run.Value(_key), run.Value(_allowUnsupported));
}

/// <summary>The options by which an origin is told that it is one of several.</summary>
internal sealed class ClusterTier
{
    private readonly EtcdOptions _etcd = new();
    private readonly Option<Uri?> _advertise = TierOptions.Web("--advertise", "With --etcd: where the other origins reach this one's REST API. https://host:port, or http://127.0.0.1:port if all are on this machine.");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        _etcd.AddTo(command);
        command.Add(_advertise);
        command.Validators.Add(result =>
        {
            if ((result.ValueOrDefault(_etcd.Members) is { Length: > 0 }) != (result.GetResult(_advertise) is not null)) result.AddError("--etcd and --advertise go together: the log is in etcd, and the other origins forward changes here.");
        });
    }

    /// <summary>What was given; <see langword="null"/>: the origin is alone.</summary>
    public ClusterArguments? Read(Invocation run) => run.Value(_advertise) is { } advertise ? new(_etcd.Read(run), advertise) : null;
}
