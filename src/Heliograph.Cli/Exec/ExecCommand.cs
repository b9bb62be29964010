// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Client;
using Heliograph.Client.Configuration;
using Microsoft.Extensions.Configuration;

namespace Heliograph.Cli.Exec;

/// <summary><c>helio exec -n NS -- COMMAND</c>: runs a program with settings as its environment.</summary>
internal sealed class ExecCommand : Command
{
    private const string DefaultParent = "unix:///run/heliograph/agent.sock", DefaultTrust = "/etc/heliograph/trust.json";

    private readonly Option<string[]> _namespaces = new("--namespace", "-n") { Required = true, HelpName = "NS", Description = "Where the settings are; may be repeated, and a later one wins." };
    private readonly Option<string?> _label = Inputs.Label("Also the settings under this label, over those without.");
    private readonly Option<string?> _prefix = new("--prefix") { HelpName = "TEXT", Description = "Only keys that begin so." };
    private readonly Option<bool> _trim = new("--trim-prefix") { Description = "Cut the prefix off, with a colon that then stands first." };
    private readonly Option<string?> _envPrefix = new("--env-prefix") { HelpName = "TEXT", Description = "Stands in front of every variable's name." };
    private readonly Option<bool> _upper = new("--upper") { Description = "Names in upper case." };
    private readonly Option<bool> _restart = new("--restart-on-change") { Description = "End the program (SIGTERM) and start it anew when its environment would be another." };
    private readonly Option<TimeSpan> _grace = new("--grace") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(10), Description = "How long the program may take to end before it is killed for a restart. Default: 10s." };
    private readonly Option<string[]> _parents = new("--parent") { HelpName = "URI", DefaultValueFactory = _ => [], Description = $"Where to ask, nearest first; may be repeated. Default: the agent of 'helio dev', or {DefaultParent}." };
    private readonly Option<string?> _trust = new("--trust") { HelpName = "FILE", Description = $"The realm's trust file. Default: that of 'helio dev', or {DefaultTrust}." };
    private readonly Option<string?> _keep = new("--last-known-good") { HelpName = "DIRECTORY", Description = "Keep what was good here, to start from it when nobody answers. Not needed beside an agent." };
    private readonly Option<string?> _id = new("--id") { HelpName = "NAME", Description = "Name of this process in the fleet. Default: the program's and the host's." };
    private readonly Argument<string[]> _command = new("command") { Arity = ArgumentArity.OneOrMore, Description = "The program and its arguments, behind --." };

    public ExecCommand(Shell shell) : base("exec", "Run a program with settings as its environment.")
    {
        foreach (var option in new Option[] { _namespaces, _label, _prefix, _trim, _envPrefix, _upper, _restart, _grace, _parents, _trust, _keep, _id }) Add(option);
        Add(_command);
        Validators.Add(result =>
        {
            foreach (var text in result.GetValue(_namespaces) ?? [])
                if (!NamespaceName.TryParse(text, out _, out var fault)) result.AddError($"--namespace: {fault}");
            if (result.ValueOrDefault(_grace) is var grace && (grace < TimeSpan.Zero || grace > TimeSpan.FromMinutes(10))) result.AddError("--grace is 0s to 10m.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        string[] command = run.Value(_command);
        using var signals = new ForwardedSignals();
        using var configuration = Load(run, Path.GetFileName(command[0]));
        if (signals.WasAskedToEnd) return ExitCode.Interrupted;
        return (ExitCode)await new SupervisedProcess(command, Variables, signals, run.Terminal).RunAsync(run.Value(_restart) ? configuration : null, run.Value(_grace)); // its own end ends this one

        SortedDictionary<string, string> Variables() => EnvironmentNames.Of(configuration.AsEnumerable(), run.Value(_envPrefix) ?? "", run.Value(_upper));
    }

    private ConfigurationRoot Load(Invocation run, string program)
    {
        var context = ContextFile.Read(run.Terminal.Environment);
        var options = new HeliographConfigurationOptions { AllowSingleParent = true, StartupWait = run.Timeout is var wait && wait > TimeSpan.FromMinutes(10) ? TimeSpan.FromMinutes(10) : wait };
        string[] parents = run.Value(_parents)!;
        foreach (var parent in parents.Length > 0 ? parents : [context?.DataDirectory is { } data ? $"unix://{Path.Combine(data, "agent.sock")}" : DefaultParent]) options.Parents.Add(parent);
        options.TrustFile = run.Value(_trust) ?? context?.Trust ?? DefaultTrust;
        options.AuthorityFile = run.AuthorityFile;
        options.LastKnownGoodDirectory = run.Value(_keep);
        (options.Instance.Id, options.Instance.Service) = (run.Value(_id) ?? $"{program}-{Environment.MachineName}", program);
        foreach (var name in run.Value(_namespaces)!)
        {
            options.Select(name, null, run.Value(_prefix), run.Value(_trim));
            if (run.Value(_label) is { Length: > 0 } label) options.Select(name, label, run.Value(_prefix), run.Value(_trim));
        }
        try
        {
            return (ConfigurationRoot)new ConfigurationBuilder().Add(new HeliographConfigurationSource(options)).Build();
        }
        catch (HeliographUnavailableException exception)
        {
            throw new CommandException(ExitCode.Unreachable, exception.Message, next: "Check --parent and the namespaces' names; nothing was started.");
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidDataException)
        {
            throw new CommandException(ExitCode.Usage, exception.Message, next: "Correct the options; nothing was started.");
        }
    }
}
