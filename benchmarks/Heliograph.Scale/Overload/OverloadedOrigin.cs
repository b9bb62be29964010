// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Chaos.Checker.Stores;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Scale.Overload;

/// <summary>A real origin over its file, alone, with a namespace, a subject and a token for each crowd.</summary>
internal sealed class OverloadedOrigin : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("heliograph-overload-").FullName;
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);

    private int _started;

    public MeasuredProcess Process { get; private set; } = null!;

    public int Port { get; } = MeasuredSystem.FreePorts(1)[0];

    /// <summary>Starts a process of a crowd's authors, whose request ids are like nobody's.</summary>
    public AuthorsProcess NewAuthors(AuthorCrowd crowd, int operations) => new(crowd, operations, Port, _tokens[crowd.Name], Path.Combine(_directory, $"{crowd.Name}-{_started++}"));

    public async Task StartAsync(IEnumerable<AuthorCrowd> crowds)
    {
        var helio = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "helio"));
        Process = new MeasuredProcess(helio, ["origin", "--realm", "overload", "--id", "o1", "--data", Path.Combine(_directory, "origin"), "--listen", $"http://127.0.0.1:{Port}", "-o", "json"], Path.Combine(_directory, "origin.log"));
        using var ready = JsonDocument.Parse(Process.WaitForReadyLine(TimeSpan.FromSeconds(60)));
        using var api = new OriginApi(new Uri($"http://127.0.0.1:{Port}"), (await File.ReadAllTextAsync(ready.RootElement.GetProperty("tokenFile").GetString()!)).Trim());
        foreach (var (crowd, number) in crowds.Select((crowd, number) => (crowd, number)))
        {
            var subject = $"author-{number}";
            await api.CreateNamespaceAsync(crowd.Name);
            await api.GrantAsync(subject, subject, crowd.Name, "author");
            _tokens[crowd.Name] = await api.CreateTokenAsync(subject);
        }
    }

    /// <summary>Stops it, and reads what is in its log.</summary>
    public RawLog StopAndRead()
    {
        Process.Dispose();
        return SqliteRawStore.Read(Path.Combine(_directory, "origin", "log.db"));
    }

    public void Dispose()
    {
        Process?.Dispose();
        if (MeasuredSystem.KeepsFiles) Console.Error.WriteLine($"its files are in {_directory}");
        else Directory.Delete(_directory, recursive: true);
    }
}
