// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Traffic;

/// <summary>Writes changesets: the same token into every key of a group. Each is asked for again, at one origin after the other, until its outcome is known.</summary>
internal sealed class Author(Crowd crowd, int number)
{
    public const int Groups = 4, KeysPerGroup = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly Random _random = new(unchecked((crowd.Seed * 31) + number));
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"author-{number}");

    public async Task RunAsync()
    {
        await Task.Yield();
        for (var i = 0; !crowd.Stopping.IsCancellationRequested && crowd.Unexpected.IsEmpty; i++)
        {
            var name = crowd.Namespaces[_random.Next(crowd.Namespaces.Count)];
            var requestId = string.Create(CultureInfo.InvariantCulture, $"{_name}-{i}");
            Position? expected = _random.Next(5) == 0 && crowd.Last[name] is { Sequence: > 0 } last ? last : null;
            var isAlone = crowd.HasFollowers && _random.Next(3) == 0; // it must not be passed on, and is not asked for again: then one knows whose it is
            await WriteAsync(name, requestId, _random.Next(Groups), expected, isAlone);
            await Task.Delay(_random.Next(2, 25));
        }
    }

    private async Task WriteAsync(string name, string requestId, int group, Position? expected, bool isAlone)
    {
        var operations = new JsonArray([.. Enumerable.Range(0, KeysPerGroup).Select(key => new JsonObject { ["op"] = "put", ["key"] = $"group/{group}/{key}", ["value"] = requestId })]);
        var body = new JsonObject { ["message"] = "chaos", ["operations"] = operations };
        if (expected is { } revision) body["expectedRevision"] = revision.ToString();
        for (var attempt = 0; !crowd.Abandoning.IsCancellationRequested; attempt++)
        {
            var endpoint = crowd.Endpoints[_random.Next(crowd.Endpoints.Count)];
            var began = crowd.Recorder.Now;
            var operation = new Operation { Process = _name, Kind = OperationKind.Write, Namespace = name, RequestId = requestId, Start = began, End = began, Outcome = Outcome.Ambiguous, Expected = expected, Alone = isAlone ? endpoint.Origin : null };
            var isFinal = false;
            try
            {
                (operation, isFinal) = await AskAsync(endpoint, operation, name, body.ToJsonString(), isAlone);
            }
            catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException or OperationCanceledException or IOException or System.Text.Json.JsonException)
            {
                // Nobody knows.
            }
            crowd.Recorder.Add(operation with { End = crowd.Recorder.Now });
            if (operation.Outcome == Outcome.Ok)
            {
                crowd.Learn(name, operation.Revision!.Value);
                crowd.Wrote();
            }
            if (isFinal || isAlone) return;
            await Task.Delay(Math.Min(400, 20 << Math.Min(attempt, 5)));
        }
    }

    private async Task<(Operation Operation, bool IsFinal)> AskAsync(ApiEndpoint endpoint, Operation operation, string name, string body, bool isAlone)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(crowd.Abandoning);
        limit.CancelAfter(s_patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/v1/namespaces/{name}/changes", UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", operation.RequestId);
        if (isAlone) request.Headers.Add("Heliograph-Forwarded-By", "chaos");
        using var response = await endpoint.Api.SendAsync(request, limit.Token);
        var text = await response.Content.ReadAsStringAsync(limit.Token);
        switch ((int)response.StatusCode)
        {
            case 200:
                var answer = JsonNode.Parse(text)!;
                return (operation with { Outcome = Outcome.Ok, Revision = Position.Parse((string)answer["revision"]!), StateRoot = (string)answer["stateRoot"]! }, true);
            case 409 when operation.Expected is not null:
                return (operation with { Outcome = Outcome.Refused }, true);
            case 429 or 503 or 507: // docs/reference/errors.md: nothing was done
                return (operation with { Outcome = Outcome.Refused }, false);
            case 502 or 504:
                return (operation, false);
            default:
                crowd.Unexpected.Enqueue($"{operation.RequestId} at {endpoint.Origin}: {(int)response.StatusCode} {text}");
                return (operation, false);
        }
    }
}
