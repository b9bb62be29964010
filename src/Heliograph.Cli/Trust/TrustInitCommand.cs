// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Platform.Files;
using Heliograph.Platform.Pki;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Trust;

/// <summary><c>helio trust init REALM</c>: founds a realm whose root is kept offline: keys of the roles, and a data directory for each origin.</summary>
internal sealed class TrustInitCommand : Command
{
    private readonly Argument<string> _realm = new("REALM") { Description = "Name of the realm." };
    private readonly Option<string> _out = new("--out") { Required = true, HelpName = "DIRECTORY", Description = "Where to make keys/ (take them offline) and origin/, or origin-1/ to origin-N/ (the data directories of the origins)." };
    private readonly Option<int> _origins = new("--origins") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "How many origins, 1 to 16, each with a head key of its own. Default: 1." };
    private readonly Option<int> _roots = new("--root-keys") { HelpName = "N", DefaultValueFactory = _ => 3, Description = "How many root keys to make. Default: 3." };
    private readonly Option<int> _threshold = new("--threshold") { HelpName = "K", DefaultValueFactory = _ => 2, Description = "How many root keys sign the next root. Default: 2." };
    private readonly Option<int> _recovery = new("--recovery-keys") { HelpName = "N", DefaultValueFactory = _ => 2, Description = "How many recovery keys to make. Default: 2." };
    private readonly Option<int> _recoveryThreshold = new("--recovery-threshold") { HelpName = "K", DefaultValueFactory = _ => 2, Description = "How many recovery keys sign the end of an epoch. Default: 2." };
    private readonly Option<string[]> _rootKey = new("--root-key") { HelpName = "FILE.pub", Description = "A root key that was made elsewhere with 'helio trust key'; given once or more, none are made here." };
    private readonly Option<string[]> _recoveryKey = new("--recovery-key") { HelpName = "FILE.pub", Description = "A recovery key that was made elsewhere; given once or more, none are made here." };
    private readonly Option<int?> _expires = CeremonyFiles.ExpiresDays();
    private readonly Option<string?> _passphrase = CeremonyFiles.Passphrase();

    public TrustInitCommand(Shell shell) : base("init", "Found a realm with root and recovery keys that are kept offline.")
    {
        Add(_realm);
        foreach (var option in (Option[])[_out, _origins, _roots, _threshold, _recovery, _recoveryThreshold, _rootKey, _recoveryKey, _expires, _passphrase]) Add(option);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_origins) is < 1 or > TrustAnchor.HeadKeysMax / 2) result.AddError($"--origins is 1 to {TrustAnchor.HeadKeysMax / 2}.");
            if (result.ValueOrDefault(_roots) is < 1 or > TrustAnchor.RoleKeysMax) result.AddError($"--root-keys is 1 to {TrustAnchor.RoleKeysMax}.");
            if (result.ValueOrDefault(_recovery) is < 0 or > TrustAnchor.RoleKeysMax) result.AddError($"--recovery-keys is 0 to {TrustAnchor.RoleKeysMax}.");
        });
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var (realm, directory) = (run.Value(_realm), Path.GetFullPath(run.Value(_out)!));
        if (RealmName.Fault(realm) is { } fault) throw new CommandException(ExitCode.Usage, fault);
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            throw new CommandException(ExitCode.Refused, "The directory is not empty, and keys are not overwritten.", directory, "Give another --out. What a run that was interrupted has left was never used, and may be removed.");
        var passphrase = CeremonyFiles.ReadPassphrase(run.Value(_passphrase));
        var origins = run.Value(_origins);
        var (made, keys) = (new List<string>(), Path.Combine(directory, "keys"));
        MakePrivate(keys);
        var root = new TrustRoot { Format = 2, RootVersion = 1, Realm = realm, Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)), ExpiresAtMs = CeremonyFiles.ExpiryOf(run.Value(_expires) ?? 0, run.Terminal.Time) };
        root.RootKeys.AddRange(KeysOf(run.Value(_rootKey), run.Value(_roots), "root"));
        root.RecoveryKeys.AddRange(KeysOf(run.Value(_recoveryKey), run.Value(_recovery), "recovery"));
        (root.RootThreshold, root.RecoveryThreshold) = ((uint)run.Value(_threshold), root.RecoveryKeys.Count == 0 ? 0 : (uint)run.Value(_recoveryThreshold));
        string[] homes = [.. Enumerable.Range(1, origins).Select(i => Path.Combine(directory, origins == 1 ? "origin" : $"origin-{i}"))];
        foreach (var home in homes)
        {
            MakePrivate(home);
            var path = Path.Combine(home, RealmKeys.HeadKeyFileName);
            root.HeadKeys.Add(CeremonyFiles.Try(path, () => RoleKeyFile.Create(path, null)));
            File.Delete(path + RoleKeyFile.PublicSuffix); // it stands in the root, and would outlive the key here
        }
        var anchor = CeremonyFiles.Try(directory, () => TrustAnchor.Seal(root));
        foreach (var home in homes) TrustFile.Save(Path.Combine(home, RealmKeys.TrustFileName), anchor, replace: false);
        run.Output.Result(new TrustMadeView(Path.Combine(homes[0], RealmKeys.TrustFileName), realm, anchor.LogId.ToString(), 1, made), CeremonyJson.Default.TrustMadeView, it =>
        {
            run.Output.Line($"Realm {it.Realm}, log {it.LogId}: root version 1, {root.RootThreshold} of {root.RootKeys.Count} root keys, {root.RecoveryThreshold} of {root.RecoveryKeys.Count} recovery keys.");
            run.Output.Say($"Next: take {keys} offline, each key to another person, and remove it here. Then: helio origin --data {homes[0]}");
        });
        return ExitCode.Success;

        IEnumerable<HeadKey> KeysOf(string[]? given, int count, string role)
        {
            if (given is { Length: > 0 }) return CeremonyFiles.ReadKeys(given);
            return Enumerable.Range(1, count).Select(i =>
            {
                made.Add(Path.Combine(keys, $"{role}-{i}.pem"));
                return CeremonyFiles.Try(made[^1], () => RoleKeyFile.Create(made[^1], passphrase));
            }).ToList();
        }
    }

    private static void MakePrivate(string directory)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
