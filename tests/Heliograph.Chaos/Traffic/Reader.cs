// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Traffic;

/// <summary>Reads whole namespaces, with every promise that a read can be given.</summary>
internal sealed class Reader(Crowd crowd, int number)
{
    private readonly Random _random = new(unchecked((crowd.Seed * 37) + number));
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"reader-{number}");

    public async Task RunAsync()
    {
        await Task.Yield();
        while (!crowd.Stopping.IsCancellationRequested && crowd.Unexpected.IsEmpty)
        {
            var (name, endpoint, consistency) = (crowd.Namespaces[_random.Next(crowd.Namespaces.Count)], crowd.Endpoints[_random.Next(crowd.Endpoints.Count)], (Consistency)_random.Next(3));
            Position? least = consistency == Consistency.AtLeast ? crowd.Last[name] : null;
            var operation = new Operation { Process = _name, Kind = OperationKind.Read, Namespace = name, Start = crowd.Recorder.Now, End = 0, Outcome = Outcome.Refused, Consistency = consistency, AtLeast = least };
            try
            {
                operation = await AskAsync(endpoint, operation);
            }
            catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException or OperationCanceledException or IOException or System.Text.Json.JsonException)
            {
                // Not answered: a read has no effect that could be unknown.
            }
            crowd.Recorder.Add(operation with { End = crowd.Recorder.Now });
            if (operation.Outcome == Outcome.Ok) crowd.WasRead();
            await Task.Delay(_random.Next(5, 40));
        }
    }

    private async Task<Operation> AskAsync(ApiEndpoint endpoint, Operation operation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(crowd.Abandoning);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/namespaces/{operation.Namespace}/settings?limit=1000", UriKind.Relative));
        if (operation.Consistency == Consistency.Linearizable) request.Headers.Add("Heliograph-Consistency", "linearizable");
        if (operation.AtLeast is { } least) request.Headers.Add("Heliograph-Min-Revision", least.ToString());
        using var response = await endpoint.Api.SendAsync(request, limit.Token);
        var text = await response.Content.ReadAsStringAsync(limit.Token);
        if (!response.IsSuccessStatusCode)
        {
            if ((int)response.StatusCode is not (429 or 502 or 503 or 504)) crowd.Unexpected.Enqueue($"a read of {operation.Namespace} at {endpoint.Origin}: {(int)response.StatusCode} {text}");
            return operation;
        }
        var answer = JsonNode.Parse(text)!;
        return operation with
        {
            Outcome = Outcome.Ok, Revision = Position.Parse(response.Headers.GetValues("Heliograph-Revision").Single()), StateRoot = (string)answer["stateRoot"]!,
            Values = answer["items"]!.AsArray().ToDictionary(item => (string)item!["key"]!, item => (string)item!["value"]!, StringComparer.Ordinal),
        };
    }
}
