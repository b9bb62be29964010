// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Xunit;

namespace Heliograph.Cli.Tests;

/// <summary>What one run of the program gave.</summary>
internal sealed record Ran(int Code, string Out, string Error)
{
    public ExitCode Exit => (ExitCode)Code;
}

/// <summary>Runs the program's commands in this process, with an environment of its own.</summary>
internal sealed class Helio : IDisposable
{
    private readonly Dictionary<string, string> _environment = [];

    public Helio(ScriptedServer? server = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("helio-test-").FullName;
        _environment["HELIOGRAPH_CONTEXT"] = Path.Combine(Directory, "context.json");
        if (server is not null) _environment["HELIOGRAPH_SERVER"] = server.Address;
    }

    /// <summary>A directory for the test's files.</summary>
    public string Directory { get; }

    public TierRunners Tiers { get; init; } = new();

    public string In { get; set; } = "";

    /// <summary>The program's clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether a person sits at standard input and error.</summary>
    public bool IsTerminal { get; set; }

    public Helio With(string variable, string value)
    {
        _environment[variable] = value;
        return this;
    }

    public string File(string name, string content)
    {
        var path = Path.Combine(Directory, name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public Task<Ran> RunAsync(params string[] arguments) => RunAsync(arguments, TestContext.Current.CancellationToken);

    /// <summary>Runs it, and answers its question when it asks, as a person at a terminal would.</summary>
    public async Task<Ran> RunAsync(string[] arguments, CancellationToken cancellationToken, TextWriter? output = null, Func<Task<string>>? answer = null)
    {
        using var written = new StringWriter();
        using var error = new StringWriter();
        var terminal = new HelioTerminal
        {
            In = answer is null ? new MemoryStream(Encoding.UTF8.GetBytes(In)) : new AnsweringStream(answer),
            Out = output ?? written,
            Error = error,
            Environment = name => _environment.GetValueOrDefault(name),
            EnvironmentNames = () => _environment.Keys,
            Random = new Random(1),
            Time = Time,
            InIsTerminal = IsTerminal || answer is not null,
            ErrorIsTerminal = IsTerminal || answer is not null,
        };
        var code = await HelioCommand.RunAsync(arguments, terminal, Tiers, handlesSignals: false, cancellationToken);
        return new(code, written.ToString(), error.ToString());
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
