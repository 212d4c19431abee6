import type { ComponentChild } from 'preact'

interface TableProps {
  caption: string
  heads: readonly string[]
  rows: readonly { key: string; cells: readonly ComponentChild[] }[]
}

/**
 * A table that becomes a list of named values on narrow screens. The ARIA roles are explicit, because a browser
 * drops the table's own roles when CSS changes its display.
 */
export function Table({ caption, heads, rows }: TableProps) {
  return (
    <table class="table" role="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head) => (
            <th key={head} scope="col" role="columnheader">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells }) => (
          <tr key={key} role="row">
            {cells.map((cell, index) => (
              <td key={heads[index]} role="cell" data-head={heads[index]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
