// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Deployments;

/// <summary>A deployment as it is listed: never its token.</summary>
internal sealed record ContextView(string Name, string Server, bool Current, string? TokenFile, bool HasToken, string? Ca, string? Trust);

/// <summary>All of them.</summary>
internal sealed record ContextPage(IReadOnlyList<ContextView> Items);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContextPage))]
[JsonSerializable(typeof(ContextView))]
internal sealed partial class ContextViewJson : JsonSerializerContext
{
    /// <summary>For printing: addresses as they are.</summary>
    public static ContextViewJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary><c>helio context …</c>: several deployments, by name.</summary>
internal sealed class ContextCommands : Command
{
    public ContextCommands(Shell shell) : base("context", "Keep the addresses of several deployments, and choose one.")
    {
        Add(new ContextListCommand(shell));
        Add(new ContextUseCommand(shell));
        Add(new ContextSetCommand(shell));
        Add(new ContextDeleteCommand(shell));
    }

    /// <summary>The argument of those that take a name.</summary>
    public static Argument<string> NameArgument()
    {
        var name = new Argument<string>("name") { Description = "The deployment, such as prod-eu." };
        name.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Contexts.Fault(result.Tokens[0].Value) is { } fault) result.AddError(fault);
        });
        return name;
    }

    /// <summary>A deployment as it is shown.</summary>
    public static ContextView View(string name, RealmContext context, bool isCurrent) => new(name, context.Server, isCurrent, context.TokenFile, context.Token is not null || context.TokenFile is not null, context.Ca, context.Trust);
}

/// <summary><c>helio context list</c>.</summary>
internal sealed class ContextListCommand : Command
{
    public ContextListCommand(Shell shell) : base("list", "List the deployments; * marks the one that commands go to.") => shell.Handle(this, (run, _) => Task.FromResult(Run(run)));

    private static ExitCode Run(Invocation run)
    {
        var (dev, list) = (ContextFile.Read(run.Terminal.Environment), Contexts.Read(run.Terminal.Environment));
        var items = list.Contexts.Select(pair => ContextCommands.View(pair.Key, pair.Value, dev is null && pair.Key == list.Current)).ToList();
        if (dev is not null) items.Insert(0, ContextCommands.View(Contexts.Dev, dev, isCurrent: true));
        run.Output.Result(new ContextPage(items), ContextViewJson.Plain.ContextPage, page => run.Output.Table(["", "NAME", "SERVER", "TOKEN", "CA"], page.Items.Select(it => (IReadOnlyList<string>)
            [it.Current ? "*" : "", it.Name, it.Server, it.TokenFile ?? (it.HasToken ? "kept here" : ""), it.Ca ?? ""])));
        return ExitCode.Success;
    }
}

/// <summary><c>helio context use NAME</c>.</summary>
internal sealed class ContextUseCommand : Command
{
    private readonly Argument<string> _name = ContextCommands.NameArgument();

    public ContextUseCommand(Shell shell) : base("use", "Send commands to this deployment from now on.")
    {
        Add(_name);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var name = run.Value(_name);
        var chosen = Contexts.Choose(name, run.Terminal.Environment)!;
        Contexts.Write(run.Terminal.Environment, Contexts.Read(run.Terminal.Environment) with { Current = name });
        run.Output.Result(ContextCommands.View(name, chosen, isCurrent: true), ContextViewJson.Plain.ContextView, it => run.Output.Line($"Commands go to {it.Name} ({it.Server})."));
        if (ContextFile.Read(run.Terminal.Environment) is not null) run.Output.Say("While 'helio dev' runs they go there, unless --context says otherwise.");
        return ExitCode.Success;
    }
}

/// <summary><c>helio context set NAME --server URL …</c>.</summary>
internal sealed class ContextSetCommand : Command
{
    private readonly Argument<string> _name = ContextCommands.NameArgument();
    private readonly Option<string?> _trust = new("--trust") { HelpName = "FILE", Description = "Its trust file, for 'helio doctor'." };
    private readonly Option<bool> _use = new("--use") { Description = "Send commands there from now on." };

    public ContextSetCommand(Shell shell) : base("set", "Name a deployment, or change what is kept of it: --server, --token-file or --token, --ca.")
    {
        Add(_name);
        Add(_trust);
        Add(_use);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var (name, given) = (run.Value(_name), run.GivenConnection);
        var list = Contexts.Read(run.Terminal.Environment);
        list.Contexts.TryGetValue(name, out var before);
        var server = given.Server ?? before?.Server ?? throw new CommandException(ExitCode.Usage, "The deployment is new and has no address.", next: $"helio context set {name} --server https://origin.example:7443 --token-file FILE --ca FILE");
        if (given.Token is not null && given.TokenFile is not null) throw new CommandException(ExitCode.Usage, "--token and --token-file are one of the two.");
        // Another server is another deployment: what was kept for the old one is not sent to it.
        var standing = before is not null && (given.Server is null || given.Server == before.Server) ? before : new RealmContext(server);
        var context = standing with
        {
            Server = server,
            Token = given.Token ?? (given.TokenFile is null ? standing.Token : null),
            TokenFile = given.TokenFile is { } file ? Path.GetFullPath(file) : given.Token is null ? standing.TokenFile : null,
            Ca = given.Ca is { } ca ? Path.GetFullPath(ca) : standing.Ca,
            Trust = run.Value(_trust) is { } trust ? Path.GetFullPath(trust) : standing.Trust,
        };
        _ = ConnectionSettings.Resolve(server, context.Token, context.TokenFile, context.Ca, run.Timeout, _ => null); // as a command would take it
        list.Contexts[name] = context;
        var current = run.Value(_use) || list.Contexts.Count == 1 ? name : list.Current;
        Contexts.Write(run.Terminal.Environment, list with { Current = current });
        run.Output.Result(ContextCommands.View(name, context, current == name), ContextViewJson.Plain.ContextView, it => run.Output.Line($"{it.Name} is {it.Server}{(it.Current ? ", and commands go there" : "")}."));
        return ExitCode.Success;
    }
}

/// <summary><c>helio context delete NAME</c>.</summary>
internal sealed class ContextDeleteCommand : Command
{
    private readonly Argument<string> _name = ContextCommands.NameArgument();

    public ContextDeleteCommand(Shell shell) : base("delete", "Forget a deployment and the token that is kept for it.")
    {
        Add(_name);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var name = run.Value(_name);
        var list = Contexts.Read(run.Terminal.Environment);
        if (!list.Contexts.Remove(name)) throw new CommandException(ExitCode.NotFound, $"There is no deployment '{name}'.", next: "See 'helio context list'.");
        Contexts.Write(run.Terminal.Environment, list with { Current = list.Current == name ? null : list.Current });
        run.Output.Result(new Api.DeletedView(name), Api.ApiJson.Plain.DeletedView, it => run.Output.Line($"{it.Deleted} is forgotten."));
        return ExitCode.Success;
    }
}
