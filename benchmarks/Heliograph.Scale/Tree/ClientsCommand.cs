// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Client;

namespace Heliograph.Scale.Tree;

/// <summary>One process of clients: each a <see cref="HeliographClient"/> of its own, with a connection and, unless it only watches a tier, a last-known-good directory. Started by the tree.</summary>
internal sealed class ClientsCommand : Command
{
    /// <summary>Clients that start at once in one process.</summary>
    private const int StartsAtOnce = 10;

    private readonly Option<int> _first = new("--first") { Required = true };
    private readonly Option<int> _count = new("--count") { Required = true };
    private readonly Option<string> _parents = new("--parents") { Required = true, Description = "Parents of the clients in turn: 'a,b;c,d'." };
    private readonly Option<string> _trust = new("--trust") { Required = true };
    private readonly Option<string> _journal = new("--journal") { Required = true };
    private readonly Option<string?> _data = new("--data");
    private readonly Option<string> _service = new("--service") { Required = true };

    public ClientsCommand() : base("clients", "A process of clients of the tree.")
    {
        Hidden = true;
        foreach (var option in new Option[] { _first, _count, _parents, _trust, _journal, _data, _service }) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult told, CancellationToken cancellationToken)
    {
        var (first, count) = (told.GetValue(_first), told.GetValue(_count));
        string[][] parents = [.. told.GetValue(_parents)!.Split(';').Select(choice => choice.Split(','))];
        await using var journal = JournalWriter.Open(told.GetValue(_journal)!);
        HeliographClient?[] clients = new HeliographClient?[count];
        try
        {
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = StartsAtOnce, CancellationToken = cancellationToken }, async (i, token) =>
            {
                var client = new HeliographClient(OptionsOf(told, first + i, parents[(first + i) % parents.Length]), new ConnectionJournal(first + i, journal));
                clients[i] = client;
                client.Changed += (_, change) => journal.Add(new(JournalEvent.Applied, first + i, JournalLine.MicrosNow, change.NewRevision, ChangeIn(change.Current)));
                await client.StartAsync(token);
            });
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new { clients = count }));
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (HeliographUnavailableException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
        finally
        {
            await Parallel.ForEachAsync(clients.OfType<HeliographClient>(), CancellationToken.None, async (client, _) => await client.DisposeAsync());
        }
        return 0;
    }

    private HeliographClientOptions OptionsOf(ParseResult told, int client, string[] parents)
    {
        var options = new HeliographClientOptions { TrustFile = told.GetValue(_trust), AllowSingleParent = true, StartupWait = TreePlan.StartWithin };
        foreach (var parent in parents) options.Parents.Add(parent);
        options.Namespaces.Add(TreePlan.Namespace);
        options.Instance.Service = told.GetValue(_service)!;
        options.Instance.Id = $"{options.Instance.Service}-{client}";
        if (told.GetValue(_data) is { } data) options.LastKnownGoodDirectory = Directory.CreateDirectory(Path.Combine(data, options.Instance.Id)).FullName;
        return options;
    }

    private static int ChangeIn(NamespaceView view) => view.GetInt32(TreePlan.ChangeKey) ?? -1;
}
