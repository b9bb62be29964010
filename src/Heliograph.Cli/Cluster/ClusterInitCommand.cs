// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;
using Heliograph.Origin;
using Heliograph.Origin.Cluster;
using Heliograph.Platform.Pki;

namespace Heliograph.Cli.Cluster;

/// <summary><c>helio cluster init</c>: begins a realm of several origins: a data directory for each.</summary>
internal sealed class ClusterInitCommand : Command
{
    private readonly Option<string> _out = new("--out") { Required = true, HelpName = "DIRECTORY", Description = "Where to make origin-1 to origin-N, each the data directory of one origin." };
    private readonly Option<int> _origins = new("--origins") { HelpName = "N", DefaultValueFactory = _ => 3, Description = "How many origins, 1 to 16. Default: 3." };
    private readonly Option<string> _realm = new("--realm") { HelpName = "NAME", DefaultValueFactory = _ => OriginOptions.DefaultRealmName, Description = "Name of the realm. Default: heliograph." };

    public ClusterInitCommand(Shell shell) : base("init", "Make a realm's keys: a data directory for each origin, with a head key of its own.")
    {
        Add(_out);
        Add(_origins);
        Add(_realm);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_origins) is < 1 or > ClusterFiles.OriginsMax) result.AddError($"--origins is 1 to {ClusterFiles.OriginsMax}.");
        });
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var (realm, directory) = (run.Value(_realm)!, Path.GetFullPath(run.Value(_out)!));
        if (RealmName.Fault(realm) is { } fault) throw new CommandException(ExitCode.Usage, fault);
        try
        {
            var (anchor, directories) = ClusterFiles.Create(realm, directory, run.Value(_origins));
            run.Output.Result(new ClusterView(realm, anchor.LogId.ToString(), directories), ClusterJson.Default.ClusterView, it =>
            {
                run.Output.Line($"Realm {it.Realm}, log {it.LogId}: {string.Join(", ", it.Directories)}.");
                run.Output.Say("Next: bring each directory to its origin, and start it: helio origin --data DIRECTORY --id NAME --etcd URL… --advertise URL");
            });
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Refused, exception.Message, directory, "Give another --out. What a run that was interrupted has left was never used, and may be removed.");
        }
    }
}

/// <summary>A realm that was begun.</summary>
internal sealed record ClusterView(string Realm, string LogId, IReadOnlyList<string> Directories);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClusterView))]
internal sealed partial class ClusterJson : JsonSerializerContext;
