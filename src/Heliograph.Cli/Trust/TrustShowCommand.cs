// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Heads;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Trust;

/// <summary>What a trust file pins.</summary>
/// <param name="Source">A file, or the origin.</param>
/// <param name="Realm">Name of the realm.</param>
/// <param name="LogId">Identity of its log.</param>
/// <param name="HeadKeys">Keys that may sign heads now.</param>
/// <param name="RootVersion">The newest root in it.</param>
/// <param name="Epoch">The newest epoch that it proves.</param>
/// <param name="Roles">Who signs what, a tab between role and keys.</param>
internal sealed record TrustView(string Source, string Realm, string LogId, IReadOnlyList<TrustKey> HeadKeys, uint RootVersion, int Epoch, IReadOnlyList<string> Roles);

/// <summary>A key that may sign heads.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Sha256">Digest of the public key (SubjectPublicKeyInfo, DER).</param>
internal sealed record TrustKey(string Id, string Sha256);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TrustView))]
internal sealed partial class TrustJson : JsonSerializerContext;

/// <summary><c>helio trust show [FILE]</c>: what a trust file pins, or what the origin says; compare the two.</summary>
internal sealed class TrustShowCommand : Command
{
    private readonly Argument<string?> _file = new("file") { Arity = ArgumentArity.ZeroOrOne, Description = "A trust file, or a proposal. Default: what the origin has. Pin it from a trusted place, not from there." };
    private readonly Option<bool> _raw = new("--raw") { Description = "Print the trust file itself." };

    public TrustShowCommand(Shell shell) : base("show", "Show which realm and keys a trust file pins, or what a proposal says.")
    {
        Add(_file);
        Add(_raw);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var path = run.Optional(_file);
        if (path is not null && !run.Value(_raw) && TryProposal(path) is { } proposal)
        {
            CeremonyFiles.Show(run, path, proposal);
            return ExitCode.Success;
        }
        var (source, trust) = path is not null ? (path, Load(path)) : await AskAsync(run, cancellationToken);
        if (run.Value(_raw))
        {
            run.Output.Raw(TrustFile.ToJson(trust));
            return ExitCode.Success;
        }
        var (anchor, latest) = (trust.Roots.Anchor, trust.Roots.Latest);
        var keys = latest.HeadKeys.Select(key => new TrustKey(key.KeyId, Convert.ToHexStringLower(SHA256.HashData(key.PublicKey.Span))));
        run.Output.Result(new TrustView(source, anchor.Root.Realm, anchor.LogId.ToString(), [.. keys], trust.Roots.Version, trust.Epochs.Epoch, CeremonyFiles.Roles(latest)), TrustJson.Default.TrustView, it => run.Output.Table(["", ""],
        [
            (string[])["from", it.Source], ["realm", it.Realm], ["log id", it.LogId], ["root version", $"{it.RootVersion}"], ["epoch", $"{it.Epoch}"], .. it.Roles.Skip(1).Select(role => role.Split('\t')), .. it.HeadKeys.Select(key => (string[])["head key", $"{key.Id} {key.Sha256}"]),
        ]));
        return ExitCode.Success;
    }

    /// <summary>A file that is a proposal; <see langword="null"/> for whatever else, of which the trust file's reader says what it is.</summary>
    private static ProposalFile? TryProposal(string path)
    {
        try
        {
            return ProposalFile.Load(path);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return null;
        }
    }

    private static RealmTrust Load(string path)
    {
        try
        {
            return TrustFile.LoadTrust(path);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new CommandException(ExitCode.Usage, $"The trust file cannot be used: {exception.Message}", path);
        }
    }

    private static async Task<(string Source, RealmTrust Trust)> AskAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var file = await api.GetTrustAsync(cancellationToken);
        return TrustFile.TryParseTrust(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(file, ApiJson.Plain.JsonElement)), out var trust, out var fault)
            ? (api.Server.ToString(), trust)
            : throw new CommandException(ExitCode.Failure, $"The origin's trust file cannot be used: {fault}", $"{api.Server}api/v1/trust");
    }
}
