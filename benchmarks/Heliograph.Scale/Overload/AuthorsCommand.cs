// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Heliograph.Scale.Overload;

/// <summary>One process of authors of one namespace. It connects, says so, waits for the file that names the moments to begin and to end, asks between them, writes down what was answered, and ends. Started by the overload.</summary>
internal sealed class AuthorsCommand : Command
{
    /// <summary>Names the authors' token: others may read arguments.</summary>
    public const string TokenVariable = "HELIOGRAPH_TOKEN";

    private const int ConnectsAtOnce = 32;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly Option<int> _port = new("--port") { Required = true };
    private readonly Option<string> _namespace = new("--namespace") { Required = true };
    private readonly Option<string> _id = new("--id") { Required = true };
    private readonly Option<int> _authors = new("--authors") { Required = true };
    private readonly Option<double> _pause = new("--pause");
    private readonly Option<int> _operations = new("--operations") { Required = true };
    private readonly Option<string> _when = new("--when") { Required = true };
    private readonly Option<string> _journal = new("--journal") { Required = true };

    public AuthorsCommand() : base("authors", "A process of authors of the overload.")
    {
        Hidden = true;
        foreach (var option in new Option[] { _port, _namespace, _id, _authors, _pause, _operations, _when, _journal }) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult told, CancellationToken cancellationToken)
    {
        var (count, pause) = (told.GetValue(_authors), TimeSpan.FromSeconds(told.GetValue(_pause)));
        var token = Environment.GetEnvironmentVariable(TokenVariable) ?? throw new InvalidOperationException($"{TokenVariable} is not set.");
        HttpConnection[] connections = [.. Enumerable.Range(0, count).Select(_ => new HttpConnection(told.GetValue(_port), told.GetValue(_namespace)!, token))];
        try
        {
            await Parallel.ForEachAsync(connections, new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = cancellationToken }, async (connection, stopped) => await connection.ConnectAsync(stopped));
            Author[] authors = [.. connections.Select((connection, number) => new Author($"{told.GetValue(_id)}:{number}", number, count, pause, told.GetValue(_operations), connection))];
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new { connected = count }));
            while (!File.Exists(told.GetValue(_when))) await Task.Delay(Look, cancellationToken);
            double[] moments = [.. (await File.ReadAllTextAsync(told.GetValue(_when)!, cancellationToken)).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            await Task.WhenAll(authors.Select(author => Task.Run(() => author.RunAsync(moments[0], moments[1], cancellationToken), cancellationToken)));
            await File.WriteAllLinesAsync(told.GetValue(_journal)!, authors.SelectMany(author => author.Attempts).Select(attempt => attempt.ToString()), cancellationToken);
            return 0;
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
        }
    }
}
