// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Trust;

/// <summary><c>helio trust add FILE --trust FILE</c>: verifies a signed root, or the signed end of an epoch, and puts it into a trust file. A running origin takes a root from there.</summary>
internal sealed class TrustAddCommand : Command
{
    private readonly Argument<string> _file = new("FILE") { Description = "The signed proposal." };
    private readonly Option<string> _trust = CeremonyFiles.Trust();
    private readonly Option<string?> _headKey = new("--head-key") { HelpName = "FILE", Description = "Private half of the head key that the origin in the trust file's directory is to sign with; it takes the place of head-key.pem. Without a passphrase." };

    public TrustAddCommand(Shell shell) : base("add", "Verify a signed root, or the end of an epoch, and put it into a trust file.")
    {
        Add(_file);
        Add(_trust);
        Add(_headKey);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var (path, trustPath) = (run.Value(_file), Path.GetFullPath(run.Value(_trust)!));
        var proposal = CeremonyFiles.Try(path, () => ProposalFile.Load(path));
        var trust = CeremonyFiles.Try(trustPath, () => TrustFile.LoadTrust(trustPath));
        var grown = proposal.Root is { } root
            ? trust with { Roots = Taken(trust.Roots.Extend(root.Bytes), path) }
            : trust with { Epochs = Taken(trust.Epochs.Extend(trust.Roots, proposal.Transition!.Bytes), path) };
        var directory = Path.GetDirectoryName(trustPath)!;
        if (run.Value(_headKey) is { } keyPath) Place(keyPath, Path.Combine(directory, RealmKeys.NextHeadKeyFileName), grown.Roots);
        TrustFile.Save(trustPath, grown, replace: true); // the key is there before the root that names it; an origin that looks in between waits for it
        CeremonyFiles.Try(directory, () => RealmKeys.PromoteNextKey(directory, grown.Roots.Latest));
        run.Output.Result(new TrustMadeView(trustPath, proposal.Realm, grown.Roots.LogId.ToString(), grown.Roots.Version, []), CeremonyJson.Default.TrustMadeView,
            it => run.Output.Line($"{it.File}: root version {it.RootVersion}, epoch {grown.Epochs.Epoch} of realm {it.Realm}."));
        return ExitCode.Success;
    }

    private static T Taken<T>(Verdict<T> verdict, string path) where T : class =>
        verdict.Value ?? throw new CommandException(ExitCode.Refused, verdict.Refusal!.Detail, path, "Nothing was changed. 'helio trust show FILE' says who has signed.");

    private static void Place(string keyPath, string next, RootChain roots)
    {
        using var key = CeremonyFiles.Try(keyPath, () => RoleKeyFile.Open(keyPath, null));
        if (roots.Latest.HeadKeys.All(head => !head.PublicKey.Equals(key.PublicKey.PublicKey)))
            throw new CommandException(ExitCode.Refused, $"Root version {roots.Version} does not name it among its head keys; nobody would believe the origin.", keyPath);
        ProtectedFile.Write(next, ProtectedFile.ReadSecret(keyPath), ProtectedFile.OwnerOnly, replace: true);
    }
}
