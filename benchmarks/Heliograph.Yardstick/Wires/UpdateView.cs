// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Wires;

/// <summary>The fields of an update frame that every subscriber checks, read in place.</summary>
internal ref struct UpdateView
{
    public ReadOnlySpan<byte> Namespace, StateRoot, Records;

    /// <summary>Revision that a delta begins at; none for a snapshot.</summary>
    public Revision Base;

    public Revision Revision;

    /// <summary>Length of the whole record stream.</summary>
    public long StreamBytes;

    public bool IsSnapshot;

    /// <summary>Reads it; <see langword="false"/> if it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out UpdateView view)
    {
        view = new UpdateView { IsSnapshot = true };
        var fields = new FieldReader(message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    view.Namespace = fields.Bytes;
                    break;
                case 2:
                    (view.Base, view.IsSnapshot) = (RevisionOf(fields.Bytes, 1, out _), false);
                    break;
                case 4:
                    view.Revision = RevisionOf(fields.Bytes, 2, out view.StateRoot);
                    break;
                case 6:
                    view.StreamBytes = (long)fields.Number;
                    break;
                case 7:
                    view.Records = fields.Bytes;
                    break;
                default:
                    break; // head and proof: verified on the sampled subscribers
            }
        }
        return fields is { IsBroken: false, IsCutOff: false } && view.Revision != Revision.None;
    }

    /// <summary>The revision in two neighbouring fields of a message: a position, or a namespace's state, which also holds its root.</summary>
    private static Revision RevisionOf(ReadOnlySpan<byte> message, int epochField, out ReadOnlySpan<byte> root)
    {
        var (epoch, sequence) = (0UL, 0UL);
        root = default;
        var fields = new FieldReader(message);
        while (fields.Next())
        {
            if (fields.Field == epochField) epoch = fields.Number;
            else if (fields.Field == epochField + 1) sequence = fields.Number;
            else if (fields.Field == 4) root = fields.Bytes;
        }
        return new Revision((int)epoch, (long)sequence);
    }
}
