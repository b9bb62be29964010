// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Heliograph.Cli.Access;
using Heliograph.Cli.Audit;
using Heliograph.Cli.Approvals;
using Heliograph.Cli.Authoring;
using Heliograph.Cli.Benchmarking;
using Heliograph.Cli.Certificates;
using Heliograph.Cli.Cluster;
using Heliograph.Cli.Drills;
using Heliograph.Cli.Enrolment;
using Heliograph.Cli.Configuration;
using Heliograph.Cli.Deployments;
using Heliograph.Cli.Doctor;
using Heliograph.Cli.Exec;
using Heliograph.Cli.FaultProxies;
using Heliograph.Cli.Fleet;
using Heliograph.Cli.Freezing;
using Heliograph.Cli.Manual;
using Heliograph.Cli.Namespaces;
using Heliograph.Cli.Recovery;
using Heliograph.Cli.Sizing;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Cli.Trust;

namespace Heliograph.Cli;

/// <summary>The command line <c>helio</c>: every command, and the one way to run one.</summary>
internal static class HelioCommand
{
    /// <summary>How long a tier may take to stop after SIGTERM before the process ends all the same.</summary>
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(30);

    private static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null }; // @file is a value here

    /// <summary>Parses and runs one command line.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="terminal">Streams, environment, clock.</param>
    /// <param name="tiers">What starts the tiers.</param>
    /// <param name="handlesSignals">Whether SIGINT and SIGTERM stop the command: in the program, not in a test.</param>
    /// <param name="cancellationToken">Stops the command.</param>
    /// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, HelioTerminal terminal, TierRunners tiers, bool handlesSignals, CancellationToken cancellationToken)
    {
        if (arguments.Length == 0) arguments = ["--help"];
        var shell = new Shell(terminal);
        var root = Root(shell, tiers);
        var result = root.Parse(arguments, s_parser);
        if (RoleSettings.IsRole(result.CommandResult.Command) && result.Action is not HelpAction)
        {
            var (told, faults) = RoleReading.Read(result, arguments, root, shell, () => Root(new Shell(terminal), tiers), tiers.InspectsFiles);
            if (faults.Count > 0) return Refuse(faults, told.CommandResult, terminal);
            result = told;
        }
        if (result.Errors.Count > 0 && result.Action is ParseErrorAction) return Refuse([.. result.Errors.Select(Message)], result.CommandResult, terminal);
        return await result.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false, // a bug ends the process with its stack, not with a guess
            ProcessTerminationTimeout = handlesSignals && result.CommandResult.Command is not (ExecCommand or EditCommand) ? s_stopTimeout : null, // exec hands signals on, edit leaves them to the editor
        }, cancellationToken);
    }

    /// <summary>Says everything that is wrong with a command line.</summary>
    private static int Refuse(IReadOnlyList<string> faults, CommandResult command, HelioTerminal terminal)
    {
        foreach (var fault in faults) terminal.Error.WriteLine($"error: {PrintableText.OneLine(fault, 1_200)}");
        terminal.Error.WriteLine($"  next:  {Path(command)} --help");
        return (int)ExitCode.Usage;
    }

    /// <summary>Every command there is; tests compare docs/reference/cli.md with it.</summary>
    internal static RootCommand Root(Shell shell, TierRunners tiers)
    {
        var root = new RootCommand("Heliograph distributes configuration to fleets: securely, reliably, at once.");
        shell.Options.AddTo(root);
        foreach (var command in Tiers(shell, tiers)) root.Add(command);
        root.Add(new NamespaceCommands(shell));
        root.Add(new SetCommand(shell));
        root.Add(new GetCommand(shell));
        root.Add(new ListCommand(shell));
        root.Add(new DeleteCommand(shell));
        root.Add(new ApplyCommand(shell));
        root.Add(new EditCommand(shell));
        root.Add(new ExportCommand(shell));
        root.Add(new ImportCommand(shell));
        root.Add(new DiffCommand(shell));
        root.Add(new HistoryCommand(shell));
        root.Add(new RollbackCommand(shell));
        root.Add(new FreezeCommands(shell));
        root.Add(new UnfreezeCommands(shell));
        root.Add(new ProtectionCommands(shell));
        root.Add(new ChangeCommands(shell));
        root.Add(new WatchCommand(shell));
        root.Add(new FleetCommand(shell));
        root.Add(new StatusCommand(shell));
        root.Add(new ExplainCommand(shell));
        root.Add(new DoctorCommand(shell));
        root.Add(new PlanCommand(shell));
        root.Add(new ExecCommand(shell));
        root.Add(new FaultProxyCommand(shell));
        root.Add(new ContextCommands(shell));
        root.Add(new TokenCommands(shell));
        root.Add(new AuditCommands(shell));
        root.Add(new EnrollCommands(shell));
        root.Add(new RoleCommands(shell));
        root.Add(new AccessKeyCommands(shell));
        root.Add(new TrustCommands(shell));
        root.Add(new CertificateCommands(shell));
        root.Add(new ClusterCommands(shell));
        root.Add(new MigrateCommand(shell));
        root.Add(new BackupCommand(shell));
        root.Add(new RestoreCommand(shell));
        root.Add(new RecoverCommands(shell));
        root.Add(new DrillCommand(shell));
        root.Add(new ConfigCommands(shell));
        root.Add(new BenchCommand(shell));
        root.Add(new CompletionCommand(shell));
        root.Add(new ManCommand(shell, root));
        GuardValidators(root);
        return root;
    }

    /// <summary>A rule over several options says nothing where one of them cannot be read: that is said of the option itself.</summary>
    private static void GuardValidators(Command command)
    {
        for (var i = 0; i < command.Validators.Count; i++)
        {
            var rule = command.Validators[i];
            command.Validators[i] = result =>
            {
                try { rule(result); }
                catch (InvalidOperationException unread) when (unread.Source == typeof(Command).Assembly.GetName().Name) { }
            };
        }
        foreach (var child in command.Subcommands) GuardValidators(child);
    }

    private static IEnumerable<Command> Tiers(Shell shell, TierRunners tiers)
    {
        if (tiers.Dev is not null) yield return new DevCommand(shell, tiers.Dev);
        if (tiers.Origin is not null) yield return new OriginCommand(shell, tiers.Origin);
        if (tiers.Relay is not null) yield return new RelayCommand(shell, tiers.Relay);
        if (tiers.Agent is not null) yield return new AgentCommand(shell, tiers.Agent);
    }

    internal static string Message(ParseError error) => // the parser does not say which argument is missing
        error.SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: { Arity.MinimumNumberOfValues: > 0 } argument } ? $"The argument <{argument.Name}> is missing." : error.Message;

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "helio";
}
