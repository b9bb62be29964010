// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf.Collections;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;
using SignedRoot = Heliograph.Core.Heads.SignedRoot;

namespace Heliograph.Cli.Trust;

/// <summary>What is proposed, and how far its signing has got.</summary>
/// <param name="File">The proposal.</param>
/// <param name="Kind"><c>root</c> or <c>transition</c>.</param>
/// <param name="Realm">Of which realm.</param>
/// <param name="Number">Version of the root, or the epoch that begins.</param>
/// <param name="Signatures">Ids of the keys that have signed.</param>
/// <param name="Says">What it says, line by line.</param>
internal sealed record ProposalView(string File, string Kind, string Realm, long Number, IReadOnlyList<string> Signatures, IReadOnlyList<string> Says);

/// <summary>A trust file that was made or extended.</summary>
internal sealed record TrustMadeView(string File, string Realm, string LogId, uint RootVersion, IReadOnlyList<string> Keys);

/// <summary>A key that was made.</summary>
internal sealed record KeyMadeView(string Id, string Private, string Public);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ProposalView))]
[JsonSerializable(typeof(TrustMadeView))]
[JsonSerializable(typeof(KeyMadeView))]
internal sealed partial class CeremonyJson : JsonSerializerContext;

/// <summary>The files of a ceremony, and what goes wrong with them in the words of the command line.</summary>
internal static class CeremonyFiles
{
    public static Option<string> Trust() => new("--trust") { Required = true, HelpName = "FILE", Description = "The realm's trust file as it is now." };

    public static Option<string> Out() => new("--out") { Required = true, HelpName = "FILE", Description = "Where to write the proposal. It is carried from signer to signer, and holds no secret." };

    public static Option<string?> Passphrase() => new("--passphrase-file") { HelpName = "FILE", Description = "A file with the passphrase of the private key in its first line." };

    public static Option<int?> ExpiresDays() => new("--expires-days") { HelpName = "DAYS", Description = "After so many days nothing is advanced under the root any more; 0: it does not expire. Default: as before." };

    /// <summary>Runs a step; files that cannot be used end the command.</summary>
    public static T Try<T>(string where, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException or ArgumentException)
        {
            throw new CommandException(ExitCode.Usage, exception.Message, where);
        }
    }

    public static string? ReadPassphrase(string? path)
    {
        if (path is null) return null;
        var text = Try(path, () => ProtectedFile.ReadSecret(path));
        var line = text.Split('\n')[0].TrimEnd('\r');
        return line.Length > 0 ? line : throw new CommandException(ExitCode.Usage, "The passphrase is empty.", path);
    }

    /// <summary>Public halves.</summary>
    public static HeadKey[] ReadKeys(IEnumerable<string> paths) => [.. paths.Select(path => Try(path, () => RoleKeyFile.ReadPublic(path)))];

    /// <summary>The root after the newest, the same but for its number: what a rotation begins with. A first root without roles gets none here.</summary>
    public static TrustRoot Next(RootChain roots, int? expiresDays, TimeProvider time)
    {
        var next = roots.Latest.Clone();
        (next.Format, next.RootVersion, next.Nonce) = (2, roots.Version + 1, Google.Protobuf.ByteString.Empty);
        next.LogId = Google.Protobuf.ByteString.CopyFrom(roots.LogId.ToArray());
        if (expiresDays is { } days) next.ExpiresAtMs = ExpiryOf(days, time);
        return next;
    }

    public static long ExpiryOf(int days, TimeProvider time) => days == 0 ? 0 : time.GetUtcNow().AddDays(days).ToUnixTimeMilliseconds();

    public static void Replace(RepeatedField<HeadKey> keys, IEnumerable<HeadKey> by)
    {
        keys.Clear();
        keys.AddRange(by);
    }

    /// <summary>Writes a new proposal and says what is to be done with it.</summary>
    public static void Propose(Invocation run, string path, TrustRoot root, RootChain before)
    {
        var proposal = new ProposalFile(root.Realm, Try(path, () => SignedRoot.Propose(root)), null);
        Try(path, () =>
        {
            proposal.Save(path, replace: false);
            return true;
        });
        Show(run, path, proposal);
        run.Output.Say($"Next: {Threshold(before.Latest)} of the root keys of version {before.Version} and {Threshold(root)} of its own sign it: helio trust sign {path} --key KEY");
    }

    public static void Show(Invocation run, string path, ProposalFile proposal) =>
        run.Output.Result(View(path, proposal), CeremonyJson.Default.ProposalView, it => run.Output.Table(["", ""],
        [
            (string[])["proposal", it.File], [it.Kind == "root" ? "root version" : "epoch", $"{it.Number} of realm {it.Realm}"],
            .. it.Says.Select(line => line.Split('\t')), ["signed by", it.Signatures.Count == 0 ? "nobody yet" : string.Join(", ", it.Signatures)],
        ]));

    /// <summary>The roles of a root, a tab between role and keys.</summary>
    public static IReadOnlyList<string> Roles(TrustRoot root) =>
    [
        $"head keys\t{Ids(root.HeadKeys)}",
        root.RootKeys.Count == 0 ? "root keys\tnone: all head keys sign the next root" : $"root keys\t{root.RootThreshold} of {Ids(root.RootKeys)}",
        root.RecoveryKeys.Count == 0 ? "recovery keys\tnone" : $"recovery keys\t{root.RecoveryThreshold} of {Ids(root.RecoveryKeys)}",
        $"expires\t{(root.ExpiresAtMs == 0 ? "never" : DateTimeOffset.FromUnixTimeMilliseconds(root.ExpiresAtMs).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture))}",
    ];

    private static int Threshold(TrustRoot root) => root.RootKeys.Count == 0 ? root.HeadKeys.Count : (int)root.RootThreshold;

    private static ProposalView View(string path, ProposalFile proposal) => proposal.Root is { } root
        ? new(path, "root", proposal.Realm, root.Version, [.. root.Signatures.Select(signature => signature.KeyId)], Roles(root.Content))
        : new(path, "transition", proposal.Realm, proposal.Transition!.Epoch, [.. proposal.Transition.Signatures.Select(signature => signature.KeyId)],
            [$"goes on behind\t{proposal.Transition.Base}", $"discards\t{Discarded(proposal.Transition)}", $"because\t{proposal.Transition.Content.Reason}"]);

    private static string Discarded(SignedTransition transition) =>
        transition.Content.DiscardedUpTo > transition.Content.BaseSequence ? $"what was signed up to {transition.Epoch - 1}.{transition.Content.DiscardedUpTo}, and whatever else came behind" : "whatever came behind; how far that was is not known";

    private static string Ids(IEnumerable<HeadKey> keys) => string.Join(", ", keys.Select(key => key.KeyId));
}
