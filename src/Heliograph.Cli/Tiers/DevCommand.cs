// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Tiers;

/// <summary><c>helio dev</c>: all roles in one process, and the quickest start. Ends cleanly on SIGINT and SIGTERM.</summary>
internal sealed class DevCommand : Command
{
    private const int ApiPort = 7430, SyncPort = 7431, RelayPort = 7432, GrpcPort = 7433, AgentHttpPort = 7440, AgentGrpcPort = 7441, AppConfigurationPort = 7434, AgentAppConfigurationPort = 7443, FlagdPort = 8015, OfrepPort = 8016;

    private readonly Option<bool> _ephemeral = new("--ephemeral") { Description = "Free ports and a temporary directory that is removed at the end." };
    private readonly Option<string?> _data = new("--data") { HelpName = "DIRECTORY", Description = "Where the realm is kept. Default: heliograph/dev in your data directory." };
    private readonly Option<bool> _acceptMalformed = TierOptions.AcceptMalformedFlags(otherwise: true);
    private readonly Option<string?> _webhooks = TierOptions.Webhooks();
    private readonly Func<DevPlan, CancellationToken, Task<IDevRealm>> _start;

    public DevCommand(Shell shell, Func<DevPlan, CancellationToken, Task<IDevRealm>> start) : base("dev", "Run a whole realm in this process: the quickest start.")
    {
        _start = start;
        Add(_ephemeral);
        Add(_data);
        Add(_acceptMalformed);
        Add(_webhooks);
        Validators.Add(result =>
        {
            if (result.GetValue(_ephemeral) && result.GetValue(_data) is not null) result.AddError("--ephemeral and --data exclude each other.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var ephemeral = run.Value(_ephemeral);
        using var directory = ephemeral ? DevDirectory.Temporary() : DevDirectory.Lasting(run.Value(_data) ?? DevDirectory.Default(run.Terminal.Environment));
        var ports = ephemeral ? FreePorts.Take(6) : [ApiPort, SyncPort, GrpcPort, RelayPort, AgentHttpPort, AgentGrpcPort];
        var plan = new DevPlan(directory.Path, ports[0], ports[1], ports[2], ports[3], ports[4], ports[5], Path.Combine(directory.Path, "agent.sock")) { AcceptsMalformedFlags = run.Value(_acceptMalformed), Webhooks = run.Value(_webhooks) };
        if (!ephemeral) plan = plan with { AppConfigurationPort = AppConfigurationPort, AgentAppConfigurationPort = AgentAppConfigurationPort, FlagdPort = FlagdPort, OfrepPort = OfrepPort };
        await using var realm = await TierStart.RunAsync(() => _start(plan, cancellationToken));
        using var context = Remember(run, realm.Ready, ephemeral);
        Announce(run.Output, realm.Ready);
        try
        {
            await realm.Ended.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Success; // asked to stop
        }
        throw new CommandException(ExitCode.Failure, "A role has ended by itself.", directory.Path, "The log above says which and why.");
    }

    // Commands find the realm by the context file. An ephemeral realm leaves the user's own alone unless it was told where to write.
    private static WrittenContext? Remember(Invocation run, DevReady ready, bool ephemeral)
    {
        if (ephemeral && string.IsNullOrEmpty(run.Terminal.Environment("HELIOGRAPH_CONTEXT"))) return null;
        return ContextFile.Path(run.Terminal.Environment) is { } path
            ? new WrittenContext(path, new(ready.Api, ready.Token, Trust: ready.Trust, DataDirectory: ready.DataDirectory))
            : null;
    }

    private static void Announce(Output output, DevReady ready) => output.Result(ready, DevJson.Plain.DevReady, it =>
    {
        output.Line($"A realm runs on this machine, in {it.DataDirectory}.");
        output.Line($"  REST API     {it.Api}");
        output.Line($"  sync         {it.Sync}");
        output.Line($"  gRPC         {it.Grpc}");
        output.Line($"  agent        {it.Agent.Sync}, {it.Agent.Http}, {it.Agent.Grpc}");
        output.Line($"  trust file   {it.Trust}");
        if (it.AppConfiguration is { } store)
        {
            output.Line($"  App Configuration, read-write  {store.ConnectionString}");
            output.Line($"  the same at the agent, to read {store.AgentConnectionString}");
        }
        output.Line("Try, in another terminal:");
        output.Line("  helio ns create demo && helio set demo Greeting hello && helio watch demo");
        output.Line("Ctrl-C stops it.");
    });

    /// <summary>The context file for as long as the realm runs.</summary>
    private sealed class WrittenContext : IDisposable
    {
        private readonly string _path;
        private readonly RealmContext _context;

        public WrittenContext(string path, RealmContext context)
        {
            (_path, _context) = (path, context);
            ContextFile.Write(path, context);
        }

        public void Dispose() => ContextFile.RemoveIfStill(_path, _context);
    }
}
