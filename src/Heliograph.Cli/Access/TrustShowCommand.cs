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

namespace Heliograph.Cli.Access;

/// <summary>What a trust file pins.</summary>
internal sealed record TrustView(string Source, string Realm, string LogId, IReadOnlyList<TrustKey> HeadKeys);

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
    private readonly Argument<string?> _file = new("file") { Arity = ArgumentArity.ZeroOrOne, Description = "A trust file. Default: what the origin has. Pin it from a trusted place, not from there." };
    private readonly Option<bool> _raw = new("--raw") { Description = "Print the trust file itself." };

    public TrustShowCommand(Shell shell) : base("show", "Show which realm and head keys a trust file pins.")
    {
        Add(_file);
        Add(_raw);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (source, anchor) = run.Optional(_file) is { } path ? (path, Load(path)) : await AskAsync(run, cancellationToken);
        if (run.Value(_raw))
        {
            run.Output.Raw(TrustFile.ToJson(anchor));
            return ExitCode.Success;
        }
        var keys = anchor.Root.HeadKeys.Select(key => new TrustKey(key.KeyId, Convert.ToHexStringLower(SHA256.HashData(key.PublicKey.Span))));
        run.Output.Result(new TrustView(source, anchor.Root.Realm, anchor.LogId.ToString(), [.. keys]), TrustJson.Default.TrustView, it => run.Output.Table(["", ""],
        [
            (string[])["from", it.Source], ["realm", it.Realm], ["log id", it.LogId], .. it.HeadKeys.Select(key => (string[])["head key", $"{key.Id} {key.Sha256}"]),
        ]));
        return ExitCode.Success;
    }

    private static TrustAnchor Load(string path)
    {
        try
        {
            return TrustFile.Load(path);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new CommandException(ExitCode.Usage, $"The trust file cannot be used: {exception.Message}", path);
        }
    }

    private static async Task<(string Source, TrustAnchor Anchor)> AskAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var file = await api.GetTrustAsync(cancellationToken);
        return TrustFile.TryParse(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(file, ApiJson.Plain.JsonElement)), out var anchor, out var fault)
            ? (api.Server.ToString(), anchor)
            : throw new CommandException(ExitCode.Failure, $"The origin's trust file cannot be used: {fault}", $"{api.Server}api/v1/trust");
    }
}
